# The CDN's stand-in. It does what CloudFront does in front of this API, and refuses what its
# viewer-request function refuses. Tests run the same cases against both. A deploy fills in `@...@`.
#
# It caches GET and HEAD of four public path families. For these, no cookie and no Authorization
# reaches the API, and the key is the path with the query fields that the family reads. Pictures
# below /media/ come from the bucket and are kept as long as their header says, because their names
# are random and used only once. Everything else is passed on and never stored.
vcl 4.1;

import std;
import xkey;

backend api {
    .host = "127.0.0.1";
    .port = "@EMULATOR_PORT@";
    .connect_timeout = 2s;
    .first_byte_timeout = 35s; # API Gateway gives up after 30
    .between_bytes_timeout = 35s;
}

acl loopback {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        call purge_by_tag;
    }
    call refuse_what_routers_read_differently;
    call own_the_forwarding_headers;
    unset req.http.X-From-Bucket;

    # CloudFront never forwards the viewer's Host to API Gateway.
    set req.http.Host = "127.0.0.1:@EMULATOR_PORT@";

    if ((req.method == "GET" || req.method == "HEAD")
        && (req.url ~ "^/api/(products|search)(\?|$)" || req.url ~ "^/api/(users|products)/")) {
        # With these the answer would be for one person only.
        unset req.http.Cookie;
        unset req.http.Authorization;
        unset req.http.Consistency-Token;
        call keep_the_familys_query_fields;
        return (hash);
    }
    if ((req.method == "GET" || req.method == "HEAD") && req.url ~ "^/media/[0-9a-f]{32}\.(jpg|png|webp)(\?|$)") {
        # S3 must not see sessions, and would obey a query.
        unset req.http.Cookie;
        unset req.http.Authorization;
        unset req.http.Consistency-Token;
        set req.url = regsub(req.url, "\?.*$", "");
        set req.http.X-From-Bucket = "yes";
        return (hash);
    }
    return (pass);
}

# A private page gets cached when two programs read its path differently. So this refuses every path
# that could be read in two ways. infra/edge/viewer-request.js does the same at CloudFront and gives
# the reasons.
sub refuse_what_routers_read_differently {
    set req.http.X-Path = regsub(req.url, "\?.*$", "");
    # Characters beyond ASCII, as UTF-8. What is left of them in X-Rest is no UTF-8.
    set req.http.X-Rest = regsuball(req.http.X-Path, {"(?ix) %(c[2-9a-f]|d[0-9a-f])%[89ab][0-9a-f]
        | %e0%[ab][0-9a-f]%[89ab][0-9a-f]
        | %(e[1-9a-cef])%[89ab][0-9a-f]%[89ab][0-9a-f]
        | %ed%[89][0-9a-f]%[89ab][0-9a-f]
        | %f0%[9ab][0-9a-f]%[89ab][0-9a-f]%[89ab][0-9a-f]
        | %f[1-3]%[89ab][0-9a-f]%[89ab][0-9a-f]%[89ab][0-9a-f]
        | %f4%8[0-9a-f]%[89ab][0-9a-f]%[89ab][0-9a-f]"}, "_");
    if (req.http.X-Path !~ "^/[A-Za-z0-9/._~!$&'()*+,=:@%-]*$"
        || req.http.X-Path ~ "//|/\.\.?(/|$)"
        || req.http.X-Path ~ "(?i)%(?![0-9a-f][0-9a-f])"
        || req.http.X-Path ~ "(?i)%([01][0-9a-f]|2[35def]|3[0-9bf]|[46][1-9a-f]|5[0-9acf]|7[0-9aef]|c2%[89])"
        || req.http.X-Rest ~ "(?i)%[89a-f]") {
        return (synth(400, "Bad Request"));
    }
    unset req.http.X-Path;
    unset req.http.X-Rest;
}

# Only the CDN knows the viewer's address. It removes what the client claims about it.
sub own_the_forwarding_headers {
    set req.http.X-Viewer-Address = client.ip;
    set req.http.X-Forwarded-For = client.ip;
    set req.http.X-Forwarded-Proto = "http";
    unset req.http.Forwarded;
    unset req.http.True-Client-IP;
    unset req.http.X-Client-IP;
    unset req.http.X-Forwarded-Host;
    unset req.http.X-Forwarded-Port;
    unset req.http.X-Forwarded-Prefix;
    unset req.http.X-Forwarded-Server;
    unset req.http.X-Host;
    unset req.http.X-HTTP-Method;
    unset req.http.X-HTTP-Method-Override;
    unset req.http.X-Method-Override;
    unset req.http.X-Original-Host;
    unset req.http.X-Origin-Secret;
    unset req.http.X-Original-URL;
    unset req.http.X-Real-IP;
    unset req.http.X-Rewrite-URL;
}

# Removes the query fields that the family's handler does not read, so that they neither make a new
# entry nor reach the API. A profile and a product read no fields. Names are compared as they are,
# so `LIMIT` and `%6cimit` are other fields. A field that comes twice stays: the API refuses it. The
# remaining fields are sorted, and have one spelling: escapes in capitals, a space as `+`.
sub keep_the_familys_query_fields {
    set req.http.X-Query = regsub(req.url, "^[^?]*\??", "&");
    if (req.url ~ "^/api/search(\?|$)") {
        set req.http.X-Query = regsuball(req.http.X-Query, "&(?!(?:q|cursor|limit)(?:=|&|$))[^&]*", "");
    } elsif (req.url ~ "^/api/products(\?|$)") {
        set req.http.X-Query = regsuball(req.http.X-Query, "&(?!(?:category|cursor|limit)(?:=|&|$))[^&]*", "");
    } else {
        set req.http.X-Query = "";
    }
    set req.http.X-Query = regsuball(req.http.X-Query, "%20", "+");
    set req.http.X-Query = regsuball(req.http.X-Query, "%a([0-9A-Fa-f])", "%A\1");
    set req.http.X-Query = regsuball(req.http.X-Query, "%b([0-9A-Fa-f])", "%B\1");
    set req.http.X-Query = regsuball(req.http.X-Query, "%c([0-9A-Fa-f])", "%C\1");
    set req.http.X-Query = regsuball(req.http.X-Query, "%d([0-9A-Fa-f])", "%D\1");
    set req.http.X-Query = regsuball(req.http.X-Query, "%e([0-9A-Fa-f])", "%E\1");
    set req.http.X-Query = regsuball(req.http.X-Query, "%f([0-9A-Fa-f])", "%F\1");
    set req.http.X-Query = regsuball(req.http.X-Query, "%([0-9A-F])a", "%\1A");
    set req.http.X-Query = regsuball(req.http.X-Query, "%([0-9A-F])b", "%\1B");
    set req.http.X-Query = regsuball(req.http.X-Query, "%([0-9A-F])c", "%\1C");
    set req.http.X-Query = regsuball(req.http.X-Query, "%([0-9A-F])d", "%\1D");
    set req.http.X-Query = regsuball(req.http.X-Query, "%([0-9A-F])e", "%\1E");
    set req.http.X-Query = regsuball(req.http.X-Query, "%([0-9A-F])f", "%\1F");
    set req.url = regsub(req.url, "\?.*$", "") + regsub(req.http.X-Query, "^&", "?");
    set req.url = std.querysort(req.url);
    unset req.http.X-Query;
}

# PURGE with the header `xkey: tag tag` removes every entry that has one of the tags.
sub purge_by_tag {
    if (client.ip !~ loopback) {
        return (synth(403, "Not from here"));
    }
    if (!req.http.xkey) {
        return (synth(428, "Name the tags in the header xkey"));
    }
    return (synth(200, "Forgot " + xkey.purge(req.http.xkey)));
}

sub vcl_hash {
    hash_data(req.url);
    return (lookup);
}

sub vcl_backend_fetch {
    if (bereq.http.X-From-Bucket) {
        # Without this mark it is a plain GET, which the bucket's policy permits from this address,
        # and only below media/.
        unset bereq.http.X-From-Bucket;
        set bereq.url = "/@MEDIA_BUCKET@" + bereq.url;
        return (fetch);
    }
    # This proves to the API that the request comes from the CDN, so it trusts X-Viewer-Address.
    set bereq.http.X-Origin-Secret = "@ORIGIN_SECRET@";
    set bereq.url = "/_aws/execute-api/@API_ID@/$default" + bereq.url;
}

sub vcl_backend_response {
    # The time to live is s-maxage, which Varnish has read already. Nothing is served after it:
    # Varnish has no stale-if-error, which CloudFront has.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
    if (bereq.url ~ "^/@MEDIA_BUCKET@/" && beresp.status == 200) {
        # A picture is kept for its max-age, or until its path is purged. The bucket gives it no
        # tags.
        set beresp.http.xkey = regsub(bereq.url, "^/@MEDIA_BUCKET@", "") + " /media/*";
        # CloudFront adds the same header with a response headers policy.
        set beresp.http.X-Content-Type-Options = "nosniff";
        unset beresp.http.x-amz-id-2;
        unset beresp.http.x-amz-request-id;
        return (deliver);
    }
    if (beresp.http.Age && beresp.http.Cache-Control ~ "s-maxage=[0-9]") {
        # The API sends an old value, with its age, while the table fails. Varnish would subtract
        # the age from the time to live, and keep nothing for two minutes. CloudFront uses s-maxage
        # alone.
        set beresp.ttl = std.duration(regsub(beresp.http.Cache-Control, "^.*s-maxage=([0-9]+).*$", "\1s"), 0s);
    }
    # An error is for one person only.
    if (beresp.status >= 400 || beresp.http.Cache-Control !~ "s-maxage") {
        set beresp.ttl = 0s;
        set beresp.uncacheable = true;
        return (deliver);
    }
    # Everything else is stored under its path, and under each tag in its header xkey.
}

sub vcl_backend_error {
    set beresp.status = 503;
    set beresp.http.Content-Type = "application/problem+json";
    set beresp.http.Cache-Control = "private, no-store";
    set beresp.http.Retry-After = "1";
    set beresp.body = """{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"The API does not answer"}""";
    return (deliver);
}

sub vcl_deliver {
    if (req.http.X-From-Bucket && (resp.status == 403 || resp.status == 404)) {
        return (synth(404, "Not Found"));
    }
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
    unset resp.http.xkey;
    unset resp.http.X-Varnish;
    unset resp.http.Via;
}

sub vcl_synth {
    set resp.http.X-Cache = "MISS";
    set resp.http.Cache-Control = "private, no-store";
    if (resp.status == 400) {
        set resp.http.Content-Type = "application/problem+json";
        set resp.body = """{"type":"about:blank","title":"Bad Request","status":400,"detail":"The path is ambiguous"}""";
    } else if (resp.status == 404) {
        set resp.http.Content-Type = "application/problem+json";
        set resp.body = """{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no such picture"}""";
    } else {
        set resp.http.Content-Type = "text/plain";
        set resp.body = resp.reason;
    }
    return (deliver);
}

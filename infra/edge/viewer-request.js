// The CDN runs this function for every request, before it looks into its cache (CloudFront
// Functions, cloudfront-js-2.0).
//
// Privacy depends on paths: the CDN caches four public path families and nothing else. This is safe
// only if every program behind the CDN reads a path as the CDN does. CloudFront normalises the path
// (RFC 3986) to choose a behaviour, and sends it to the origin unchanged. API Gateway decodes it.
// So this function refuses a path that programs could read in two ways. `localstack/default.vcl`
// does the same for the CDN's stand-in. Both are tested against the cases in tests/edge/cases.json.
//
// The query becomes a part of the cache's key. So this function keeps only the fields that the
// family's handler reads, in one order and one spelling. Any other field would make a new entry,
// and everybody could pass the cache by adding one.

// The characters that RFC 3986 allows in a path, except `;`, where some routers cut a segment. It
// does not allow `\`, which some programs read as `/`, nor `#`, where some stop reading, nor
// spaces, control characters and bytes beyond ASCII.
var PATH = /^\/[A-Za-z0-9\/._~!$&'()*+,=:@%-]*$/;

// An empty segment, or a dot segment.
var SEGMENTS = /\/\/|\/\.\.?(\/|$)/;

// A percent sign without two hexadecimal digits after it.
var MALFORMED = /%(?![0-9A-F][0-9A-F])/i;

// Characters that must not be percent-encoded:
// - Control characters (also C1, as UTF-8).
// - The separators `#`, `/`, `;`, `?` and `\`, which have another meaning once they are decoded.
// - The percent sign: a second program could decode `%252f` or `%252e` into what is refused here.
// - Letters, digits, `-`, `.`, `_` and `~`, which never need it (RFC 3986, 2.3). `%61pi` and
//   `%2e%2e` are
//   attempts to make two programs read two paths.
var CODED = /%([01][0-9A-F]|2[35DEF]|3[0-9BF]|[46][1-9A-F]|5[0-9ACF]|7[0-9AEF]|C2%[89])/i;

// Characters beyond ASCII, as UTF-8 (RFC 3629). Bytes beyond ASCII that remain without them are not
// UTF-8: a part of a character, or an overlong `/` (`%c0%af`).
var BEYOND_ASCII = new RegExp(
    '%(C[2-9A-F]|D[0-9A-F])%[89AB][0-9A-F]' +
    '|%E0%[AB][0-9A-F]%[89AB][0-9A-F]' +
    '|%(E[1-9A-CEF])%[89AB][0-9A-F]%[89AB][0-9A-F]' +
    '|%ED%[89][0-9A-F]%[89AB][0-9A-F]' +
    '|%F0%[9AB][0-9A-F]%[89AB][0-9A-F]%[89AB][0-9A-F]' +
    '|%F[1-3]%[89AB][0-9A-F]%[89AB][0-9A-F]%[89AB][0-9A-F]' +
    '|%F4%8[0-9A-F]%[89AB][0-9A-F]%[89AB][0-9A-F]', 'gi');
var NOT_ASCII = /%[89A-F]/i;

// Header fields in which a client claims another address for itself, or another target for its
// request. Two more are not accessible to a function: it may neither read nor set X-Forwarded-Proto
// and X-Real-IP ("Restrictions on edge functions", CloudFront Developer Guide). CloudFront itself
// removes both ("Request and response behavior for custom origins"). It also sets X-Forwarded-For
// again, to the client's address and nothing before it.
var CLAIMS = [
    'forwarded', 'true-client-ip', 'x-client-ip', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port',
    'x-forwarded-prefix', 'x-forwarded-server', 'x-host', 'x-http-method', 'x-http-method-override',
    'x-method-override', 'x-original-host', 'x-original-url', 'x-rewrite-url'
];

// The query fields that lists and searches read, in order. A profile and a product read no fields.
var FIELDS = {
    '/api/products': ['category', 'cursor', 'limit'],
    '/api/search': ['cursor', 'limit', 'q']
};
var ALONE = /^\/api\/(users|products)\//;

function isAmbiguous(path) {
    return !PATH.test(path) || SEGMENTS.test(path) || MALFORMED.test(path) || CODED.test(path) ||
        NOT_ASCII.test(path.replace(BEYOND_ASCII, '_'));
}

// A value in its one spelling: escapes in capitals, a space as `+`. The API refuses needless
// escapes.
function inOneSpelling(value) {
    return value.replace(/%20/g, '+').replace(/%[0-9A-F]{2}/gi, function (code) { return code.toUpperCase(); });
}

function keyOf(path, query) {
    var fields = ALONE.test(path) ? [] : FIELDS[path];
    if (!fields) {
        return query;
    }
    var key = {};
    for (var i = 0; i < fields.length; i++) {
        var field = query[fields[i]];
        if (field) {
            key[fields[i]] = { value: inOneSpelling(field.value) };
            if (field.multiValue) {
                key[fields[i]].multiValue = field.multiValue.map(function (each) {
                    return { value: inOneSpelling(each.value) };
                });
            }
        }
    }
    return key;
}

function refusal() {
    var problem = { type: 'about:blank', title: 'Bad Request', status: 400, detail: 'The path is ambiguous' };
    return {
        statusCode: 400,
        statusDescription: 'Bad Request',
        headers: {
            'content-type': { value: 'application/problem+json' },
            'cache-control': { value: 'private, no-store' }
        },
        body: { encoding: 'text', data: JSON.stringify(problem) }
    };
}

function handler(event) {
    var request = event.request;
    if (isAmbiguous(request.uri)) {
        return refusal();
    }
    for (var i = 0; i < CLAIMS.length; i++) {
        delete request.headers[CLAIMS[i]];
    }
    request.querystring = keyOf(request.uri, request.querystring || {});
    // Only the CDN knows the viewer's address.
    request.headers['x-viewer-address'] = { value: event.viewer.ip };
    return request;
}

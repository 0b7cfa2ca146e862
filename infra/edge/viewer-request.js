// The one function that every request passes at the CDN, before its cache (CloudFront Functions, cloudfront-js-2.0).
//
// Privacy rests on paths: four path families are public and kept, everything else is never kept. That holds only while
// every program behind this one reads a path as the CDN did. CloudFront picks the behaviour for the path after it has
// normalised it (RFC 3986), and sends the origin the path as it came; API Gateway decodes it. So a path that could be
// read in two ways goes no further. `localstack/default.vcl` says the same for the CDN's stand-in, and
// tests/edge/cases.json is what both are tested against.
//
// Of a query, what is left here is the cache's key: the fields that the family's handler reads, in
// one order and one spelling. Any other would be an entry of its own, and a way past the cache for
// whoever adds one.

// What RFC 3986 allows in a path, without `;`: some routers cut a segment there. Not among it: `\`, which some read as
// `/`; `#`, where some stop reading; spaces, control characters and bytes that are not ASCII.
var PATH = /^\/[A-Za-z0-9\/._~!$&'()*+,=:@%-]*$/;

// An empty segment, or a dot segment.
var SEGMENTS = /\/\/|\/\.\.?(\/|$)/;

// A percent sign that codes nothing.
var MALFORMED = /%(?![0-9A-F][0-9A-F])/i;

// What is not to be coded. Control characters (C1 too, as UTF-8); the separators `#`, `/`, `;`, `?`, `\`, which mean
// something else once they are decoded; the percent sign, so that nothing refused here comes back when a second program
// decodes once more (`%252f`, `%252e`); and letters, digits, `-`, `.`, `_`, `~`, which never need it (RFC 3986, 2.3):
// who codes them wants `%61pi` or `%2e%2e` to be read in two ways.
var CODED = /%([01][0-9A-F]|2[35DEF]|3[0-9BF]|[46][1-9A-F]|5[0-9ACF]|7[0-9AEF]|C2%[89])/i;

// Characters beyond ASCII, as UTF-8 (RFC 3629). What is left when they are gone is no UTF-8: half a character, or an
// overlong `/` (`%c0%af`).
var BEYOND_ASCII = new RegExp(
    '%(C[2-9A-F]|D[0-9A-F])%[89AB][0-9A-F]' +
    '|%E0%[AB][0-9A-F]%[89AB][0-9A-F]' +
    '|%(E[1-9A-CEF])%[89AB][0-9A-F]%[89AB][0-9A-F]' +
    '|%ED%[89][0-9A-F]%[89AB][0-9A-F]' +
    '|%F0%[9AB][0-9A-F]%[89AB][0-9A-F]%[89AB][0-9A-F]' +
    '|%F[1-3]%[89AB][0-9A-F]%[89AB][0-9A-F]%[89AB][0-9A-F]' +
    '|%F4%8[0-9A-F]%[89AB][0-9A-F]%[89AB][0-9A-F]', 'gi');
var NOT_ASCII = /%[89A-F]/i;

// What a client claims about where it comes from or what it really asks for. Two such headers are out of a function's
// reach: X-Forwarded-Proto and X-Real-IP are neither shown to it nor may it set them ("Restrictions on edge functions",
// CloudFront Developer Guide); CloudFront removes both itself ("Request and response behavior for custom origins").
// X-Forwarded-For comes back with the address that CloudFront saw, and with nothing before it.
var CLAIMS = [
    'forwarded', 'true-client-ip', 'x-client-ip', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port',
    'x-forwarded-prefix', 'x-forwarded-server', 'x-host', 'x-http-method', 'x-http-method-override',
    'x-method-override', 'x-original-host', 'x-original-url', 'x-rewrite-url'
];

// The query fields that lists and searches read, in order. A profile and a product read none.
var FIELDS = {
    '/api/products': ['category', 'cursor', 'limit'],
    '/api/search': ['cursor', 'limit', 'q']
};
var ALONE = /^\/api\/(users|products)\//;

function isAmbiguous(path) {
    return !PATH.test(path) || SEGMENTS.test(path) || MALFORMED.test(path) || CODED.test(path) ||
        NOT_ASCII.test(path.replace(BEYOND_ASCII, '_'));
}

// A value in one spelling: escapes in capitals, a space as `+`. The API refuses needless escapes.
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
    // Who calls is known here and nowhere behind.
    request.headers['x-viewer-address'] = { value: event.viewer.ip };
    return request;
}

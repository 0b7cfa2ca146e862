//! Which service and operation a request to AWS is for, and what each service's errors look like.

use crate::message::{HttpMessage, answer};

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallPurpose {
    pub(crate) service: String,
    pub(crate) operation: String,
}

/// Prefixes of `X-Amz-Target` in the JSON protocols, and the services that they name.
const TARGETS: &[(&str, &str)] =
    &[("DynamoDBStreams_", "dynamodb-streams"), ("DynamoDB_", "dynamodb"), ("AmazonSQS", "sqs"), ("AmazonSSM", "ssm")];

/// Reads the purpose from the target (JSON protocols), or else from the credential scope and path.
pub(crate) fn purpose(request: &HttpMessage) -> CallPurpose {
    if let Some((target, operation)) = request.header("x-amz-target").split_once('.') {
        let known = TARGETS.iter().find(|(prefix, _)| target.starts_with(prefix));
        let service = known.map_or_else(|| target.to_ascii_lowercase(), |(_, service)| (*service).to_owned());
        return CallPurpose { service, operation: operation.to_owned() };
    }
    let service = scope(request).unwrap_or("aws").to_owned();
    let operation = operation(&service, request);
    CallPurpose { service, operation }
}

/// The service in the credential scope: `<key>/<date>/<region>/<service>/aws4_request`, in a header
/// or in a presigned address ("Signature Version 4", AWS IAM User Guide).
fn scope(request: &HttpMessage) -> Option<&str> {
    let authorization = request.header("authorization");
    if let Some((_, credential)) = authorization.split_once("Credential=") {
        return credential.split(',').next()?.split('/').nth(3);
    }
    let (_, credential) = request.target.split_once("X-Amz-Credential=")?;
    credential.split('&').next()?.split("%2F").nth(3)
}

fn operation(service: &str, request: &HttpMessage) -> String {
    let path = request.target.split('?').next().unwrap_or_default();
    let method = request.method.as_str();
    let form = request.header("content-type").starts_with("application/x-www-form-urlencoded");
    if let Some(action) = form.then(|| action(request.body())).flatten() {
        return action;
    }
    let named = match (service, method) {
        ("ses", "POST") if path.ends_with("/outbound-emails") => "SendEmail",
        ("s3", "GET") => "GetObject",
        ("s3", "HEAD") => "HeadObject",
        ("s3", "PUT") if !request.header("x-amz-copy-source").is_empty() => "CopyObject",
        ("s3", "PUT") => "PutObject",
        ("s3", "DELETE") => "DeleteObject",
        ("cloudfront", "POST") if path.ends_with("/invalidation") => "CreateInvalidation",
        _ => return format!("{method} {path}"),
    };
    named.to_owned()
}

/// The action in a body of the query protocol.
fn action(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    text.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(ToOwned::to_owned)
}

/// An error in the format of the service.
pub(crate) fn failure(service: &str, status: u16, code: &str) -> Vec<u8> {
    const WHY: &str = "an injected fault";
    let json = |kind: &str| {
        let body = format!(r#"{{"__type":"{kind}","message":"{WHY}"}}"#);
        answer(status, &[("content-type", "application/x-amz-json-1.0"), ("x-amzn-errortype", code)], &body)
    };
    match service {
        "s3" | "cloudfront" => {
            let body = format!("<Error><Code>{code}</Code><Message>{WHY}</Message></Error>");
            answer(status, &[("content-type", "application/xml")], &body)
        }
        "dynamodb" => json(&format!("com.amazonaws.dynamodb.v20120810#{code}")),
        "sqs" => json(&format!("com.amazonaws.sqs#{code}")),
        _ => json(code),
    }
}

/// The status and the code with which the service throttles.
pub(crate) fn throttle(service: &str) -> (u16, &'static str) {
    match service {
        // For one hot partition, also of an on-demand table ("Error handling with DynamoDB").
        "dynamodb" => (400, "ProvisionedThroughputExceededException"),
        "sqs" => (400, "RequestThrottled"),
        "ses" => (429, "TooManyRequestsException"),
        "s3" => (503, "SlowDown"),
        "cloudfront" => (400, "Throttling"),
        _ => (400, "ThrottlingException"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Awaited, parse};

    fn read(head: &str) -> (String, String) {
        let request = parse(format!("{head}\r\n\r\n").as_bytes(), Awaited::Request).unwrap().unwrap();
        let CallPurpose { service, operation } = purpose(&request);
        (service, operation)
    }

    #[test]
    fn a_request_names_its_service_and_operation() {
        let signed =
            |of: &str| format!("Authorization: AWS4-HMAC-SHA256 Credential=k/20261127/eu-west-1/{of}/aws4_request, x");
        let presigned =
            "PUT /media/a?X-Amz-Credential=k%2F20261127%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Expires=9 HTTP/1.1";
        let heads = [
            ("POST / HTTP/1.1\r\nX-Amz-Target: DynamoDB_20120810.GetItem".to_owned(), "dynamodb", "GetItem"),
            ("POST / HTTP/1.1\r\nx-amz-target: AmazonSQS.SendMessageBatch".to_owned(), "sqs", "SendMessageBatch"),
            ("POST / HTTP/1.1\r\nx-amz-target: AmazonSSM.GetParameter".to_owned(), "ssm", "GetParameter"),
            (format!("POST /v2/email/outbound-emails HTTP/1.1\r\n{}", signed("ses")), "ses", "SendEmail"),
            (format!("HEAD /media/pending/a HTTP/1.1\r\n{}", signed("s3")), "s3", "HeadObject"),
            (format!("PUT /media/a HTTP/1.1\r\nx-amz-copy-source: b\r\n{}", signed("s3")), "s3", "CopyObject"),
            (presigned.to_owned(), "s3", "PutObject"),
            (
                format!("POST /2020-05-31/distribution/E1/invalidation HTTP/1.1\r\n{}", signed("cloudfront")),
                "cloudfront",
                "CreateInvalidation",
            ),
            ("GET /health HTTP/1.1\r\nHost: a".to_owned(), "aws", "GET /health"),
        ];
        for (head, service, operation) in heads {
            assert_eq!(read(&head), (service.to_owned(), operation.to_owned()), "{head}");
        }
    }
}

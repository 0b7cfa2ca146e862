//! A response as API Gateway takes it.

use bytes::Bytes;
use http::header::SET_COOKIE;
use lambda_http::{Body, aws_lambda_events::apigw::ApiGatewayV2httpResponse};

/// The response in the form that API Gateway takes.
pub(in crate::lambda::http) fn answer(response: http::Response<Bytes>) -> ApiGatewayV2httpResponse {
    let (mut parts, body) = response.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    let cookies = parts.headers.get_all(SET_COOKIE).iter();
    answer.cookies = cookies.filter_map(|cookie| cookie.to_str().ok()).map(ToOwned::to_owned).collect();
    parts.headers.remove(SET_COOKIE);
    answer.headers = parts.headers;
    let body = match String::from_utf8(body.into()) {
        Ok(text) => Body::Text(text),
        Err(not_text) => Body::Binary(not_text.into_bytes()),
    };
    answer.is_base64_encoded = matches!(body, Body::Binary(_));
    answer.body = Some(body);
    answer
}

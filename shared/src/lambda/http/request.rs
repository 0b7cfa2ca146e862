//! A request.

use bytes::Bytes;
use std::net::IpAddr;

/// A request, without Lambda.
pub type Request = http::Request<Bytes>;

/// The address that the gateway saw, as an extension of the request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

//! A session that was ended lets nobody in, in no environment, whatever else was under way.

mod at_once;
mod in_trouble;

use super::World;
use shared::session::FRESH;
use std::{sync::Mutex, time::Duration};
use tests::{
    fault_injector::{Call, Rule},
    redis::{Proxy, Redis, Wire, until},
};
use tokio::sync::oneshot;

//! What each layer promises while everything is well.

mod many;
mod reads;
mod writes;

use super::{modes::calls, *};
use shared::cache::{Name, Source};
use tests::redis::Redis;

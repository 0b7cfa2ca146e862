//! A connection of each kind. It connects only when it is called to, never by itself.

use super::target::Target;
use redis::{
    AsyncConnectionConfig, Cmd, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_async::ClusterConnection,
};

#[derive(Clone)]
pub(super) enum Link {
    One(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    /// A new connection that has answered a `PING`. A server that is loading its data answers that
    /// with an error.
    pub(super) async fn dial(target: &Target) -> RedisResult<Self> {
        // The timeouts are ours, around the call: two timers a command would cost measurable time.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let mut link = match target {
            Target::One(client) => Self::One(client.get_multiplexed_async_connection_with_config(&config).await?),
            Target::Cluster(client) => Self::Cluster(client.get_async_connection().await?),
            #[cfg(test)]
            Target::Fake(fake) => Self::One(fake.dial().await?),
        };
        link.ping().await?;
        Ok(link)
    }

    pub(super) async fn ping(&mut self) -> RedisResult<()> {
        self.query(&redis::cmd("PING")).await.map(|_| ())
    }

    /// Sends a command once. If a cluster's node no longer has the key's slot, it did not carry the
    /// command out, so the command goes to the node that has the slot.
    pub(super) async fn query(&mut self, cmd: &Cmd) -> RedisResult<Value> {
        match self {
            Self::One(one) => one.send_packed_command(cmd).await?.extract_error(),
            Self::Cluster(cluster) => match cluster.req_packed_command(cmd).await.and_then(Value::extract_error) {
                Err(error) if has_moved(&error) => cluster.req_packed_command(cmd).await?.extract_error(),
                other => other,
            },
        }
    }
}

fn has_moved(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::Moved)
}

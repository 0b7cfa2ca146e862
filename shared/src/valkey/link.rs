//! A connection of each kind. Connects when told to, never by itself.

use super::target::Target;
use redis::{
    AsyncConnectionConfig, Cmd, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_async::ClusterConnection,
};

/// Who may answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// A reader, where there is one.
    Any,
    Primary,
}

#[derive(Clone)]
pub(super) enum Link {
    One(MultiplexedConnection),
    Readers { primary: MultiplexedConnection, readers: MultiplexedConnection },
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) async fn dial(target: &Target) -> RedisResult<Self> {
        // The timeouts are ours, around the call: two timers a command would be measurable.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        Ok(match target {
            Target::One(client) => Self::One(client.get_multiplexed_async_connection_with_config(&config).await?),
            Target::Readers { primary, readers } => {
                let primary = primary.get_multiplexed_async_connection_with_config(&config).await?;
                // Without its readers the primary answers alone, until the connection is made anew.
                let readers = readers.get_multiplexed_async_connection_with_config(&config).await;
                Self::Readers { readers: readers.unwrap_or_else(|_| primary.clone()), primary }
            }
            Target::Cluster(client) => Self::Cluster(client.get_async_connection().await?),
        })
    }

    pub(super) async fn query(&mut self, side: Side, cmd: &Cmd) -> RedisResult<Value> {
        let answer = match self {
            Self::One(one) => one.send_packed_command(cmd).await?,
            Self::Readers { readers, .. } if side == Side::Any => readers.send_packed_command(cmd).await?,
            Self::Readers { primary, .. } => primary.send_packed_command(cmd).await?,
            Self::Cluster(cluster) => cluster.req_packed_command(cmd).await?,
        };
        answer.extract_error()
    }
}

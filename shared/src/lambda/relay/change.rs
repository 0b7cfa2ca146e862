//! One change of one item, as read from a stream.

use crate::{
    queue::Unreadable,
    table::{self, Key},
    version::{Version, Versioned},
};
use aws_lambda_events::event::dynamodb::EventRecord;
use jiff::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_dynamo::{AttributeValue, Item};
use serde_json::Value;

/// What happened to the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The item was created.
    Created,
    /// The item was changed.
    Changed,
    /// The item was deleted, or removed by its TTL.
    Removed,
}

/// One change of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What happened to the item.
    pub kind: ChangeKind,
    /// The partition key.
    pub pk: String,
    /// The sort key, if the table has one.
    pub sk: Option<String>,
    /// When it happened, to the second.
    pub at: Timestamp,
    /// Whether the TTL removed the item.
    pub expired: bool,
    old: Option<Item>,
    new: Option<Item>,
}

impl Change {
    /// Reads one stream record, in the form in which Lambda hands it over. If it has no time, `now`
    /// is taken.
    pub fn read(record: &Value, now: Timestamp) -> Result<Self, Unreadable> {
        let EventRecord { change, event_name, user_identity, .. } =
            serde_path_to_error::deserialize(record).map_err(|e| Unreadable(format!("record: {e}")))?;
        let kind = match event_name.as_str() {
            "INSERT" => ChangeKind::Created,
            "MODIFY" => ChangeKind::Changed,
            "REMOVE" => ChangeKind::Removed,
            other => return Err(Unreadable(format!("record: the event name is {other}"))),
        };
        let text = |name: &str| match change.keys.get(name) {
            Some(AttributeValue::S(text)) => Some(text.clone()),
            _ => None,
        };
        let pk = text("pk").ok_or_else(|| Unreadable::new("record: no partition key"))?;
        let millis = change.approximate_creation_date_time.timestamp_millis();
        let at = if millis > 0 { Timestamp::from_millisecond(millis).unwrap_or(now) } else { now };
        let expired = user_identity.is_some_and(|u| u.principal_id == "dynamodb.amazonaws.com");
        let sk = text("sk");
        let image = |item: Item| (!item.is_empty()).then_some(item);
        let (old, new) = (image(change.old_image), image(change.new_image));
        if old.is_none() && new.is_none() {
            return Err(Unreadable::new("record: no image of the item"));
        }
        Ok(Self { kind, pk, sk, at, expired, old, new })
    }

    /// The creation of `item`, made from the item as it is now, for a replay. Its events have their
    /// original ids: a creation always has the first version, however often the item was written
    /// since.
    pub fn created<I: table::Item>(item: &I, at: Timestamp) -> Result<Self, Unreadable> {
        let mut image: Item = serde_dynamo::to_item(item).map_err(|e| Unreadable(format!("item: {e}")))?;
        image.insert("version".to_owned(), AttributeValue::N(Version::FIRST.to_string()));
        let Key { pk, sk } = item.key();
        Ok(Self { kind: ChangeKind::Created, pk, sk, at, expired: false, old: None, new: Some(image) })
    }

    /// The key in the form that event ids use: `pk`, or `pk/sk`.
    pub fn key(&self) -> String {
        match &self.sk {
            Some(sk) => format!("{}/{sk}", self.pk),
            None => self.pk.clone(),
        }
    }

    /// The item after the change; `None` if it was removed.
    pub fn after<T: DeserializeOwned>(&self) -> Result<Option<T>, Unreadable> {
        read("new", self.new.as_ref())
    }

    /// The item before the change; `None` if it was created.
    pub fn before<T: DeserializeOwned>(&self) -> Result<Option<T>, Unreadable> {
        read("old", self.old.as_ref())
    }

    /// The version of the item after the change. For a removed item, it is the version after its
    /// last.
    pub fn version(&self) -> Result<Version, Unreadable> {
        let gone = || self.before::<Numbered>().map(|old| old.map(|o| o.version.next()));
        let version = match self.after::<Numbered>()? {
            Some(new) => Some(new.version),
            None => gone()?,
        };
        version.ok_or_else(|| Unreadable::new("no version"))
    }
}

#[derive(Deserialize)]
struct Numbered {
    version: Version,
}

impl Versioned for Numbered {
    fn version(&self) -> Version {
        self.version
    }
}

fn read<T: DeserializeOwned>(which: &str, image: Option<&Item>) -> Result<Option<T>, Unreadable> {
    image
        .map(|item| serde_dynamo::from_item(item.clone()))
        .transpose()
        .map_err(|e| Unreadable(format!("{which} image: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record(name: &str, old: &Value, new: &Value) -> Value {
        json!({
            "awsRegion": "eu-central-1", "eventID": "1", "eventName": name, "eventSource": "aws:dynamodb",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_700_000_000.0, "Keys": {"pk": {"S": "owner#1"}, "sk": {"S": "thing#2"}},
                "OldImage": old, "NewImage": new, "SequenceNumber": "111", "SizeBytes": 26,
            },
        })
    }

    #[test]
    fn a_change_has_its_key_its_version_and_both_images() {
        let (old, new) = (json!({"version": {"N": "4"}}), json!({"version": {"N": "5"}}));
        let change = Change::read(&record("MODIFY", &old, &new), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!((change.kind, change.key().as_str()), (ChangeKind::Changed, "owner#1/thing#2"));
        assert_eq!((change.version(), change.at.as_second()), (Ok(Version(5)), 1_700_000_000));
        let removed = Change::read(&record("REMOVE", &new, &Value::Null), Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(removed.version(), Ok(Version(6)), "what was removed at 5 is gone since 6");
        assert!(removed.after::<Numbered>().unwrap().is_none());
    }

    #[test]
    fn what_is_no_change_says_why() {
        let image = json!({"version": {"N": "1"}});
        let why = |record: &Value| Change::read(record, Timestamp::UNIX_EPOCH).unwrap_err().0;
        assert!(why(&json!({"eventName": "INSERT"})).starts_with("record: "));
        assert_eq!(why(&record("TRUNCATE", &image, &image)), "record: the event name is TRUNCATE");
        assert_eq!(why(&record("MODIFY", &Value::Null, &json!({}))), "record: no image of the item");
        let unversioned =
            Change::read(&record("INSERT", &Value::Null, &json!({"a": {"S": "b"}})), Timestamp::UNIX_EPOCH);
        assert!(unversioned.unwrap().version().unwrap_err().0.contains("version"));
    }
}

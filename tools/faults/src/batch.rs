//! A batch of which a part is not executed. The part is taken out of the request, and the answer
//! names it as the service does. AWS documents that a successful answer may do this
//! (`UnprocessedKeys`, `UnprocessedItems`, `Failed`).

use crate::random::Random;
use serde_json::{Map, Value, json};

/// A batch that was split in two.
#[derive(Debug)]
pub(crate) struct Split {
    /// The request for the part that is executed; `None` when there is none.
    pub(crate) request: Option<Value>,
    /// The member of the answer that names the part that is not executed.
    member: &'static str,
    left_out: Value,
    /// The answer when no part is executed.
    empty: Value,
}

impl Split {
    /// The service's answer, with the part that is not executed named in it.
    pub(crate) fn answer(self, answer: Option<Value>) -> Value {
        let mut answer = answer.unwrap_or(self.empty);
        if let Some(members) = answer.as_object_mut() {
            members.insert(self.member.to_owned(), self.left_out);
        }
        answer
    }
}

/// Leaves out at least one entry, and each other entry with a chance of `share` percent. `None`
/// when the operation is no batch.
pub(crate) fn split(operation: &str, body: &Value, share: u8, random: &mut Random) -> Option<Split> {
    match operation {
        "BatchGetItem" => by_table(body, "UnprocessedKeys", Some("Keys"), share, random),
        "BatchWriteItem" => by_table(body, "UnprocessedItems", None, share, random),
        "SendMessageBatch" | "DeleteMessageBatch" | "ChangeMessageVisibilityBatch" => by_entry(body, share, random),
        _ => None,
    }
}

/// Which of `count` entries are left out.
fn drawn(count: usize, share: u8, random: &mut Random) -> Vec<bool> {
    let mut out: Vec<bool> = (0..count).map(|_| random.percent() < f64::from(share)).collect();
    let one = usize::try_from(random.below(count as u64)).unwrap_or_default();
    if let Some(entry) = out.get_mut(one) {
        *entry = true;
    }
    out
}

fn parted(entries: &[Value], out: &mut impl Iterator<Item = bool>) -> (Vec<Value>, Vec<Value>) {
    let (left, kept): (Vec<_>, Vec<_>) =
        entries.iter().cloned().map(|e| (e, out.next() == Some(true))).partition(|e| e.1);
    let values = |pairs: Vec<(Value, bool)>| pairs.into_iter().map(|(value, _)| value).collect();
    (values(kept), values(left))
}

/// `RequestItems` of DynamoDB: for each table a list of entries, or an object with such a list
/// under the name `list`.
fn by_table(body: &Value, member: &'static str, list: Option<&str>, share: u8, random: &mut Random) -> Option<Split> {
    let tables = body["RequestItems"].as_object()?;
    let entries = |of: &Value| list.map_or_else(|| of.as_array().cloned(), |list| of[list].as_array().cloned());
    let count = tables.values().filter_map(entries).map(|entries| entries.len()).sum();
    let mut out = drawn(count, share, random).into_iter();
    let (mut kept, mut left, mut empty) = (Map::new(), Map::new(), Map::new());
    for (name, of) in tables {
        let (done, not_done) = parted(&entries(of)?, &mut out);
        let holding = |entries: Vec<Value>| match list {
            None => Value::Array(entries),
            Some(list) => {
                let mut whole = of.clone();
                whole[list] = Value::Array(entries);
                whole
            }
        };
        if !done.is_empty() {
            kept.insert(name.clone(), holding(done));
        }
        if !not_done.is_empty() {
            left.insert(name.clone(), holding(not_done));
        }
        empty.insert(name.clone(), json!([]));
    }
    let mut request = body.clone();
    let any = !kept.is_empty();
    request["RequestItems"] = Value::Object(kept);
    Some(Split {
        request: any.then_some(request),
        member,
        left_out: Value::Object(left),
        empty: json!({ "Responses": empty }),
    })
}

/// `Entries` of SQS, each with an `Id`.
fn by_entry(body: &Value, share: u8, random: &mut Random) -> Option<Split> {
    let entries = body["Entries"].as_array()?;
    let (kept, left) = parted(entries, &mut drawn(entries.len(), share, random).into_iter());
    let failed = left.iter().map(|entry| {
        json!({"Id": entry["Id"], "Code": "InternalError", "SenderFault": false, "Message": "an injected fault"})
    });
    let left_out = failed.collect();
    let any = !kept.is_empty();
    let mut request = body.clone();
    request["Entries"] = Value::Array(kept);
    Some(Split { request: any.then_some(request), member: "Failed", left_out, empty: json!({ "Successful": [] }) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_named_and_nothing_is_in_both() {
        let keys: Vec<_> = (0..20).map(|n| json!({ "pk": { "N": n.to_string() } })).collect();
        let body = json!({ "RequestItems": { "a": { "Keys": keys, "ConsistentRead": true } } });
        let split = split("BatchGetItem", &body, 40, &mut Random::new(3)).unwrap();
        let asked = split.request.clone().unwrap()["RequestItems"]["a"].clone();
        let answer = split.answer(Some(json!({ "Responses": { "a": [] }, "UnprocessedKeys": {} })));
        let left = &answer["UnprocessedKeys"]["a"];
        assert_eq!((&asked["ConsistentRead"], &left["ConsistentRead"]), (&json!(true), &json!(true)));
        let both = [asked["Keys"].as_array().unwrap().clone(), left["Keys"].as_array().unwrap().clone()];
        assert!(both.iter().all(|part| !part.is_empty()), "{both:?}");
        let mut all = both.concat();
        all.sort_by_key(|key| key["pk"]["N"].as_str().unwrap().parse::<u32>().unwrap());
        assert_eq!(all, keys);
    }

    #[test]
    fn a_batch_of_one_is_left_out_as_a_whole() {
        let body = json!({ "QueueUrl": "q", "Entries": [{ "Id": "7", "MessageBody": "x" }] });
        let split = split("SendMessageBatch", &body, 0, &mut Random::new(1)).unwrap();
        assert_eq!(split.request, None);
        let answer = split.answer(None);
        assert_eq!((&answer["Failed"][0]["Id"], &answer["Successful"]), (&json!("7"), &json!([])));
    }

    #[test]
    fn what_is_no_batch_is_left_alone() {
        assert!(split("GetItem", &json!({ "TableName": "a" }), 100, &mut Random::new(1)).is_none());
    }
}

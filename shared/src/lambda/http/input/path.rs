//! The parameters of a path.

use super::{Input, field::validated, messages::of_value};
use crate::lambda::http::{Head, Problem, query::Plain};
use bytes::Bytes;
use garde::Validate;
use serde::de::{DeserializeOwned, value::MapDeserializer};
use std::{fmt, str::FromStr};

/// The parameter of a path that has one.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: FromStr + Send> Input for Path<T>
where
    T::Err: fmt::Display,
{
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        let [(name, value)] = head.params() else {
            return Err(Problem::internal("a route that takes a `Path` has a path with one parameter"));
        };
        value.parse().map(Self).map_err(|e: T::Err| Problem::invalid_field(*name, e.to_string()))
    }
}

/// The parameters of a path that has several, as a struct whose fields have their names:
/// `struct BookingPath { room: RoomId, id: BookingId }` for `/api/rooms/{room}/bookings/{id}`.
///
/// A value is read as it stands in the path, with its percent-encoding, and a number is plain
/// digits, so that each value has one spelling.
#[derive(Debug)]
pub struct PathParams<T>(pub T);

impl<T: DeserializeOwned + Validate<Context = ()> + Send> Input for PathParams<T> {
    fn parse(head: &Head, _: &Bytes) -> Result<Self, Problem> {
        let params = head.params().iter().map(|(name, value)| (*name, Plain::from(value.as_str())));
        let read = serde_path_to_error::deserialize(MapDeserializer::new(params));
        let value: T = read.map_err(|e| Problem::invalid(vec![of_value(&e)]))?;
        validated(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method, StatusCode};
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Seat {
        #[garde(length(max = 8))]
        hall: String,
        #[garde(range(min = 1, max = 40))]
        row: u8,
    }

    const PATTERN: &str = "/halls/{hall}/rows/{row}";

    fn head(path: &str, pattern: &'static str) -> Head {
        Head::parse(Method::GET, &path.parse().unwrap(), HeaderMap::new(), pattern).unwrap()
    }

    fn seat(path: &str) -> Result<Seat, (StatusCode, String)> {
        let refused = |problem: Problem| (problem.status(), problem.errors()[0].field.clone());
        PathParams::<Seat>::parse(&head(path, PATTERN), &Bytes::new()).map(|seat| seat.0).map_err(refused)
    }

    #[test]
    fn parameters_are_read_by_name() {
        let there = |hall: &str, row| Ok(Seat { hall: hall.to_owned(), row });
        assert_eq!(seat("/halls/north/rows/7"), there("north", 7));
        assert_eq!(seat("/halls/7/rows/40"), there("7", 40));
        assert_eq!(seat("/halls/%41/rows/1"), there("%41", 1), "as it stands in the path");
    }

    #[test]
    fn the_parameter_that_is_wrong_is_named() {
        let refused = |field: &str| Err((StatusCode::BAD_REQUEST, field.to_owned()));
        for row in ["seven", "07", "+7", "0", "41", "256", "-1", "%37", "7.0"] {
            assert_eq!(seat(&format!("/halls/north/rows/{row}")), refused("row"), "{row}");
        }
        assert_eq!(seat("/halls/north-east/rows/7"), refused("hall"));
    }

    #[test]
    fn a_path_with_one_parameter_takes_any_type_that_text_can_be() {
        let row = |path| Path::<u8>::parse(&head(path, "/rows/{row}"), &Bytes::new()).map(|row| row.0);
        assert_eq!(row("/rows/7").unwrap(), 7);
        let problem = row("/rows/x").unwrap_err();
        assert_eq!((problem.status(), problem.errors()[0].field.as_str()), (StatusCode::BAD_REQUEST, "row"));
    }

    #[test]
    fn a_type_that_does_not_fit_the_pattern_is_a_defect_that_is_seen() {
        let several = Path::<String>::parse(&head("/halls/a/rows/1", PATTERN), &Bytes::new());
        assert_eq!(several.unwrap_err().status(), StatusCode::INTERNAL_SERVER_ERROR);
        let lacking = PathParams::<Seat>::parse(&head("/halls/a", "/halls/{hall}"), &Bytes::new());
        assert_eq!(lacking.unwrap_err().errors()[0].field, "row");
    }
}

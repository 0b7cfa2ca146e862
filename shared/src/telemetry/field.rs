//! What a field of the wide event is: its name, its unit, its meaning, and how values come
//! together.
//!
//! A layer adds to the event by a key: a constant that [`log_fields!`](crate::log_fields) makes.
//! The type of the key says what can be done with it, so neither a wrong name nor a count of
//! something that is a fact compiles.

/// One field of the log line, as the logging guide lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name where it is added. See [`in_line`](Self::in_line) for its name in the line.
    pub name: &'static str,
    /// What one of it is: `ms`, `calls`; for a fact the form of its value.
    pub unit: &'static str,
    /// How values come together.
    pub kind: FieldKind,
    meaning: &'static str,
}

/// How the values of a field come together in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// The last value stays.
    Fact,
    /// Whole numbers are added up.
    Count,
    /// A count that CloudWatch makes a metric of.
    Metric,
    /// Numbers with a fraction are added up.
    Sum,
    /// Time spent in a layer is added up.
    Time,
}

impl Field {
    /// Its name in the line. The client sees times as well, by their plain names, so the unit is
    /// added here.
    pub fn in_line(&self) -> String {
        if self.kind == FieldKind::Time { format!("{}_ms", self.name) } else { self.name.to_owned() }
    }

    /// What it says.
    pub fn meaning(&self) -> &'static str {
        self.meaning.trim()
    }
}

macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $key:ident is $kind:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $key(Field);

        impl $key {
            #[doc(hidden)]
            pub const fn new(name: &'static str, unit: &'static str, meaning: &'static str) -> Self {
                Self(Field { name, unit, kind: FieldKind::$kind, meaning })
            }

            /// The field.
            pub const fn field(self) -> Field {
                self.0
            }
        }
    )+};
}

keys! {
    /// The key of a fact.
    FactField is Fact;
    /// The key of a count.
    CountField is Count;
    /// The key of a count that CloudWatch makes a metric of.
    MetricField is Metric;
    /// The key of a sum.
    SumField is Sum;
    /// The key of a layer that takes time.
    TimeField is Time;
}

/// Makes a list of fields: a constant for each, and `ALL`. The comment of a field is its meaning in
/// the table of `docs/LOGGING.md`.
///
/// ```
/// shared::log_fields! {
///     /// Rooms that were looked at.
///     ROOMS_SEEN: CountField = "rooms_seen", "rooms";
/// }
///
/// let cx = shared::context::Cx::detached();
/// cx.event.count(ROOMS_SEEN, 2);
/// assert_eq!(cx.to_line(), r#"{"rooms_seen":2}"#);
/// assert_eq!(ALL[0].meaning(), "Rooms that were looked at.");
/// ```
#[macro_export]
macro_rules! log_fields {
    ($($(#[doc = $meaning:literal])+ $key:ident: $type:ident = $name:literal, $unit:literal;)+) => {
        $(
            $(#[doc = $meaning])+
            pub const $key: $crate::telemetry::$type =
                $crate::telemetry::$type::new($name, $unit, concat!($($meaning),+));
        )+

        /// All fields of this list.
        pub const ALL: &[$crate::telemetry::Field] = &[$($key.field()),+];
    };
}

//! A domain that is not the storefront's, made with `shared` as it is: a route with two parameters,
//! an audience with a role, and a problem of its own, all of which the API document shows.

use garde::Validate;
use reqwest::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    app::{App, FromApp},
    clock::Clock,
    config::{ConfigError, Vars},
    context::Cx,
    edge::Private,
    env::AUTH_REALM,
    lambda::{Audience, Head, PathParams, Problem, ProblemKind, Ready, Request, Route, Spec, answer},
    openapi::{Contact, Describe, Group, Info, License, NO_SESSION, Operation, Schemas, document, operation},
    session::{Sessions, SignedIn, Subject},
    sign::Signer,
    token::Tokens,
};
use tests::dynamo::Tables;
use uuid::Uuid;

const NOT_STAFF: ProblemKind = ProblemKind::new(StatusCode::FORBIDDEN, "not-staff", "Only staff may do this");
const ROOM_TAKEN: ProblemKind = ProblemKind::new(StatusCode::CONFLICT, "room-taken", "The room is taken");

/// The variable that lists the staff.
const STAFF: &shared::env::Var = &shared::env::Var::required("STAFF");

/// Who works here. A real one reads a table, as [`shared::session::Grants`] does.
struct Roster(Vec<Subject>);

impl FromApp for Roster {
    async fn from_app(app: &App) -> Result<Self, ConfigError> {
        let names = app.vars().required(STAFF)?;
        let subjects = names.split(',').map(|name| name.parse().map(Subject));
        let subjects = subjects.collect::<Result<_, _>>();
        Ok(Self(subjects.map_err(|e: uuid::Error| ConfigError::new(STAFF, e.to_string()))?))
    }
}

/// People who work here.
struct Staff(SignedIn);

impl Audience for Staff {
    type Gate = (<SignedIn as Audience>::Gate, Roster);

    async fn admit((people, roster): &Self::Gate, cx: &Cx, head: &Head) -> Result<Self, Problem> {
        let person = SignedIn::admit(people, cx, head).await?;
        if roster.0.contains(&person.subject()) { Ok(Self(person)) } else { Err(Problem::of(&NOT_STAFF)) }
    }

    fn subject(&self) -> Option<Subject> {
        Some(self.0.subject())
    }

    fn tokens((people, _): &Self::Gate) -> Option<&Tokens> {
        SignedIn::tokens(people)
    }
}

impl Describe for Staff {
    fn describe(operation: &mut Operation, _: &mut Schemas) {
        operation.needs_session(&["staff"], NO_SESSION);
        operation.response(StatusCode::FORBIDDEN, "The caller does not work here.");
    }
}

#[derive(Deserialize, Validate, JsonSchema)]
#[serde(deny_unknown_fields)]
struct BookingPath {
    /// The room's name.
    #[garde(length(min = 1, max = 20))]
    room: String,
    /// The booking's number.
    #[garde(range(min = 1))]
    id: u32,
}

#[derive(Serialize, JsonSchema)]
struct BookingView {
    room: String,
    id: u32,
}

/// One booking of a room.
#[derive(JsonSchema)]
struct GetBooking;

impl Route for GetBooking {
    const SPEC: Spec = Spec {
        name: "bookings-get",
        method: Method::GET,
        path: "/api/rooms/{room}/bookings/{id}",
        shared: None,
        limits: &[],
    };
    const PROBLEMS: &'static [(StatusCode, &'static str)] = &[ROOM_TAKEN.when("Another booking has the room.")];
    type State = ();
    type Who = Staff;
    type Input = PathParams<BookingPath>;
    type Reply = Private<BookingView>;

    async fn handle(
        (): &(),
        _: &Cx,
        _: Staff,
        PathParams(BookingPath { room, id }): PathParams<BookingPath>,
    ) -> Result<Private<BookingView>, Problem> {
        if id == 13 {
            return Err(Problem::of(&ROOM_TAKEN).about("id", "is another booking's"));
        }
        Ok(Private(BookingView { room, id }))
    }
}

/// A place with one person who works there and one who does not.
struct House {
    ready: Ready<GetBooking>,
    staff: String,
    guest: String,
}

impl House {
    async fn new() -> Self {
        let (tables, staff) = (Tables::new(), Subject(Uuid::new_v4()));
        let settings = [("SESSIONS_TABLE", tables.name("Sessions")), ("STAFF", staff.to_string())];
        let settings = settings.into_iter().chain([(AUTH_REALM.name, "rooms".to_owned())]);
        let app = App::new(Vars::from_pairs(settings), Clock::system(), tables.sdk());
        let app = app.with_signer(Signer::new(&[7; 32]));
        let sessions = Sessions::from_app(&app).await.unwrap();
        let token = async |subject| {
            let (token, _) = sessions.start(&Cx::detached(), subject, Vec::new()).await.unwrap();
            format!("Bearer {}", token.reveal())
        };
        let (staff, guest) = (token(staff).await, token(Subject(Uuid::new_v4())).await);
        Self { ready: Ready::from_app(&app).await.unwrap(), staff, guest }
    }

    /// Status, challenge and body of the answer.
    async fn get(&self, path: &str, authorization: Option<&str>) -> (u16, Option<String>, Value) {
        let mut request = Request::default();
        *request.uri_mut() = path.parse().unwrap();
        if let Some(token) = authorization {
            request.headers_mut().insert("authorization", token.parse().unwrap());
        }
        let response = answer(&self.ready, &Cx::detached(), request).await;
        let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), challenge, serde_json::from_slice(response.body()).unwrap())
    }
}

#[tokio::test]
async fn a_route_reads_two_parameters_for_an_audience_of_its_own() {
    let house = House::new().await;
    let (status, _, body) = house.get("/api/rooms/blue/bookings/7", Some(&house.staff)).await;
    assert_eq!((status, body), (200, json!({ "room": "blue", "id": 7 })));
    let (status, _, body) = house.get("/api/rooms/blue/bookings/07", Some(&house.staff)).await;
    assert_eq!((status, &body["errors"][0]["field"]), (400, &json!("id")));
    assert_eq!(house.get("/api/rooms/blue/bookings", Some(&house.staff)).await.0, 404);
}

#[tokio::test]
async fn who_is_not_of_the_audience_gets_the_domains_own_problem() {
    let house = House::new().await;
    let (status, _, body) = house.get("/api/rooms/blue/bookings/7", Some(&house.guest)).await;
    assert_eq!((status, &body["type"]), (403, &json!("/problems/not-staff")));
    let (status, challenge, body) = house.get("/api/rooms/blue/bookings/7", None).await;
    assert_eq!((status, &body["type"]), (401, &json!("/problems/unauthenticated")));
    assert_eq!(challenge.as_deref(), Some("Bearer realm=\"rooms\""));
}

#[tokio::test]
async fn a_problem_of_its_own_names_the_field() {
    let house = House::new().await;
    let (status, challenge, body) = house.get("/api/rooms/blue/bookings/13", Some(&house.staff)).await;
    assert_eq!((status, challenge), (409, None));
    assert_eq!(body["type"], "/problems/room-taken");
    assert_eq!(body["errors"], json!([{ "field": "id", "message": "is another booking's" }]));
}

#[test]
fn the_document_shows_all_of_it() {
    let info = Info {
        title: "Rooms",
        version: "1",
        description: "Rooms and their bookings.",
        contact: Contact { name: "The reception" },
        license: License::spdx("MIT"),
    };
    let group = Group { tag: "bookings", about: "Who has a room, and when.", routes: &[operation::<GetBooking>] };
    let document = serde_json::to_value(document(info, Vec::new(), &[group])).unwrap();
    let operation = &document["paths"]["/api/rooms/{room}/bookings/{id}"]["get"];
    let parameters = operation["parameters"].as_array().unwrap();
    let in_path: Vec<_> = parameters.iter().filter(|parameter| parameter["in"] == "path").collect();
    let shown = |n: usize| (&in_path[n]["name"], &in_path[n]["required"], &in_path[n]["description"]);
    assert_eq!(in_path.len(), 2);
    assert_eq!(shown(0), (&json!("id"), &json!(true), &json!("The booking's number.")));
    assert_eq!(shown(1), (&json!("room"), &json!(true), &json!("The room's name. 1 to 20 characters.")));
    assert_eq!(in_path[1]["schema"]["maxLength"], 20);
    assert_eq!(operation["security"], json!([{ "bearer": [] }, { "cookie": [] }]));
    assert_eq!((&operation["x-roles"], &operation["tags"]), (&json!(["staff"]), &json!(["bookings"])));
    let described = |status: &str| operation["responses"][status]["description"].as_str().unwrap_or_default();
    assert!(described("403").contains("does not work here"), "{}", described("403"));
    assert!(described("409").contains("Another booking has the room."), "{}", described("409"));
    assert!(described("401").contains(NO_SESSION));
}

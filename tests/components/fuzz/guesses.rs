//! Guesses at people's sessions, against the sessions in their table. There are 5,000 guesses, or
//! as many as `GUESSES` says (`make test-long`: a hundred thousand).

use crate::routes::Shop;
use futures_util::{StreamExt as _, stream};
use reqwest::{
    Method,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
};
use shared::{
    app::FromApp as _,
    clock::Clock,
    context::Cx,
    lambda::{Audience, Head},
    session::{Sessions, SignedIn, Subject, Token},
};
use std::{env, time::Duration};
use uuid::Uuid;

const PEOPLE: usize = 50;
const AT_ONCE: usize = 64;

/// The door, and the people behind it, each with a session.
struct House {
    gate: <SignedIn as Audience>::Gate,
    sessions: Sessions,
    clock: Clock,
    people: Vec<Token>,
}

impl House {
    async fn new() -> Self {
        let shop = Shop::new();
        let gate = <SignedIn as Audience>::Gate::from_app(shop.app()).await.unwrap();
        let sessions = Sessions::from_app(shop.app()).await.unwrap();
        let mut house = Self { gate, sessions, clock: Clock::manual(1_800_000_000_000), people: Vec::new() };
        for _ in 0..PEOPLE {
            let (token, _) = house.sessions.start(&house.cx(), Subject(Uuid::now_v7()), Vec::new()).await.unwrap();
            house.people.push(token);
        }
        house
    }

    fn cx(&self) -> Cx {
        Cx::new(self.clock.clone(), "test", Duration::from_mins(1))
    }

    /// Whether the text opens the door.
    async fn lets_in(&self, token: &str) -> bool {
        let Ok(bearer) = HeaderValue::from_str(&format!("Bearer {token}")) else { return false };
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer)]);
        let head = Head::parse(Method::GET, &"/".parse().unwrap(), headers, "/").unwrap();
        match SignedIn::admit(&self.gate, &self.cx(), &head).await {
            Ok(_) => true,
            Err(problem) => {
                assert_eq!(problem.status(), 401, "{token}");
                false
            }
        }
    }

    async fn all_are_in(&self) -> bool {
        let tokens: Vec<_> = self.people.iter().map(Token::reveal).collect();
        self.let_in(tokens).await.len() == PEOPLE
    }

    /// Those of these texts that open the door.
    async fn let_in(&self, texts: impl IntoIterator<Item = String>) -> Vec<String> {
        let tried = stream::iter(texts).map(async |text| (self.lets_in(&text).await, text));
        let opened = tried.buffer_unordered(AT_ONCE).filter_map(async |(opens, text)| opens.then_some(text));
        opened.collect().await
    }
}

#[tokio::test]
async fn no_number_of_guesses_lets_anybody_in() {
    let guesses = env::var("GUESSES").map_or(5_000, |number| number.parse::<usize>().unwrap());
    let house = House::new().await;
    assert!(house.all_are_in().await, "the door is shut for all");
    let guess = |n: usize| Token::generate(house.people[n % PEOPLE].subject()).unwrap().reveal();
    assert_eq!(house.let_in((0..guesses).map(guess)).await, [""; 0]);
}

#[tokio::test]
async fn a_token_that_was_touched_opens_nothing() {
    let house = House::new().await;
    let token = house.people[0].reveal();
    let (subject, secret) = token.split_once('.').unwrap();
    // Subject and secret alone are a token of the release before.
    let whole = Token::generate(house.people[0].subject()).unwrap().reveal().len();
    let cuts = (0..token.len()).filter(|length| *length != whole);
    let mut texts: Vec<_> = cuts.map(|length| token[..length].to_owned()).collect();
    for at in 0..token.len() {
        for other in ["0", "A", "-", "_", ".", "=", " ", "f", "9"].into_iter().filter(|other| *other != &token[at..=at])
        {
            texts.push(format!("{}{other}{}", &token[..at], &token[at + 1..]));
        }
    }
    let simple = subject.replace('-', "");
    for respelt in [subject.to_uppercase(), simple.clone(), format!("{{{subject}}}"), format!("urn:uuid:{subject}")] {
        texts.push(format!("{respelt}.{secret}"));
    }
    texts.extend([
        format!("{token}="),
        format!("{token}A"),
        format!("{token}.{secret}"),
        format!("{subject}..{secret}"),
    ]);
    texts.push(format!("{subject}.{}", house.people[0].digest()));
    texts.extend(house.people[1..].iter().map(|other| format!("{}.{secret}", other.subject())));
    texts.extend(house.people[1..].iter().map(|other| format!("{subject}.{}", &other.reveal()[37..])));
    assert!(texts.len() > 700, "{}", texts.len());
    assert_eq!(house.let_in(texts).await, [""; 0]);
    assert!(house.all_are_in().await, "a try that failed ended a session");
}

#[tokio::test]
async fn a_token_that_is_over_or_was_ended_opens_nothing() {
    let house = House::new().await;
    let (cx, ended) = (house.cx(), &house.people[0]);
    let session = house.sessions.find(&cx, ended).await.unwrap().unwrap();
    house.sessions.end(&cx, &session).await.unwrap();
    assert!(!house.lets_in(&ended.reveal()).await);
    house.clock.advance(Duration::from_hours(1));
    assert!(house.lets_in(&house.people[1].reveal()).await, "it was to last longer");
    house.clock.advance(Duration::from_hours(30 * 24));
    assert_eq!(house.let_in(house.people.iter().map(Token::reveal)).await, [""; 0]);
}

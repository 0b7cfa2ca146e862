//! `DELETE /api/me`

use crate::{
    accounts::{Accounts, photos::Photos, users::User},
    routes::{WRITES, sessions::signed_out},
};
use http::{Method, StatusCode};
use schemars::JsonSchema;
use shared::{
    context::Cx,
    edge::NoContent,
    lambda::{Conditions, Problem, Route, Spec},
    session::{Sessions, SignedIn},
};

/// Deletes the caller's account and ends its sessions. Orders stay, because accounting needs them;
/// the id that they have belongs to nobody then.
#[derive(JsonSchema)]
pub struct DeleteMe;

impl Route for DeleteMe {
    const SPEC: Spec =
        Spec { name: "me-delete", method: Method::DELETE, path: "/api/me", shared: None, limits: WRITES };
    const PROBLEMS: &'static [(StatusCode, &'static str)] =
        &[(StatusCode::PRECONDITION_FAILED, "Other requests changed the account at the same time, several times.")];
    type State = (Accounts, Sessions, Photos);
    type Who = SignedIn;
    type Input = Conditions;
    type Reply = NoContent;

    async fn handle(
        (accounts, sessions, photos): &Self::State,
        cx: &Cx,
        who: SignedIn,
        Conditions(expected): Conditions,
    ) -> Result<NoContent, Problem> {
        match Box::pin(accounts.delete(cx, sessions, &who, &expected)).await? {
            // Only the account refers to the picture, so the picture can go at once.
            Some(User { photo: Some(photo), .. }) => photos.delete(cx, &photo).await,
            Some(_) => {}
            // The account was deleted before. An earlier release deleted accounts and sessions in
            // two steps, and may have died in between.
            None => sessions.end_all(cx, who.subject()).await?,
        }
        Ok(signed_out())
    }
}

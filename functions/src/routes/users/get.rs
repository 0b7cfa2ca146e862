//! `GET /api/users/{id}`

use crate::{
    accounts::profiles::{FAMILY, Profile, Profiles, tag},
    ids::UserId,
    routes::READS,
};
use http::Method;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use shared::{
    context::Cx,
    edge::{Public, Shared},
    lambda::{Anyone, Path, Problem, Route, Spec},
    openapi::DateTime,
};

/// What everyone may see of an account.
#[derive(JsonSchema)]
pub struct GetUser;

/// A profile on the wire.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Profile")]
pub struct ProfileView {
    id: UserId,
    name: String,
    photo_url: Option<String>,
    #[schemars(with = "DateTime")]
    created_at: Timestamp,
}

impl From<Profile> for ProfileView {
    fn from(profile: Profile) -> Self {
        let Profile { id, name, photo_url, created_at, .. } = profile;
        Self { id, name, photo_url, created_at }
    }
}

impl Route for GetUser {
    const SPEC: Spec = Spec {
        name: "users-get",
        method: Method::GET,
        path: "/api/users/{id}",
        shared: Some(Shared::for_secs(FAMILY, 5).brief()),
        limits: READS,
    };
    type State = Profiles;
    type Who = Anyone;
    type Input = Path<UserId>;
    type Reply = Public<ProfileView>;

    async fn handle(
        profiles: &Profiles,
        cx: &Cx,
        _: Anyone,
        Path(id): Path<UserId>,
    ) -> Result<Public<ProfileView>, Problem> {
        let profile = profiles.get(cx, id).await?.ok_or_else(|| Problem::not_found("id"))?;
        Ok(Public { body: profile.into(), tags: vec![tag(id)] })
    }
}

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

/// Returns the public profile of an account. It has what everyone may see: the name and the
/// picture.
#[derive(JsonSchema)]
pub struct GetUser;

/// The public profile of an account.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Profile")]
pub struct ProfileView {
    id: UserId,
    /// The name that the person chose.
    #[schemars(example = "Ada Lovelace")]
    name: String,
    /// The path of the person's picture, relative to the site; `null` without a picture.
    #[schemars(example = "/media/01a218c3285e71a3a8879dee67b1e42b.png")]
    photo_url: Option<String>,
    /// When the account was created.
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

//! Discord's OAuth2: the consent page, the tokens, and what a person lets us read with them.
//! See <https://discord.com/developers/docs/topics/oauth2>.

use std::time::Duration;

use oauth2::basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet, PkceCodeChallenge, PkceCodeVerifier,
    RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;

use crate::config;
use crate::error::{Error, Failure, Result, Service};
use crate::platform::standing::{Standing, Trouble};
use crate::types::*;

/// What a person is asked for. Without `email` or `guilds` everything else works.
pub const SCOPES: [&str; 3] = ["identify", "email", "guilds"];

const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an access token lives where Discord does not say.
const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Discord, as an application that people let in.
#[derive(Clone)]
pub struct OAuth {
    client: Client,
    http: reqwest::Client,
    api_url: String,
    id: String,
    secret: SecretString,
    standing: Standing,
}

/// What a sign-in begins with.
pub struct Begun {
    /// The consent page.
    pub url: String,
    /// PKCE's verifier, for when the person comes back.
    pub verifier: SecretString,
}

/// What Discord hands out for a code or a refresh token.
pub struct Tokens {
    /// Opens what the scopes name.
    pub access: SecretString,
    /// Gets the next ones, once.
    pub refresh: Option<SecretString>,
    /// How long the access token lives.
    pub lives: Duration,
    /// What the person allowed.
    pub scopes: Vec<String>,
}

/// Why there are no tokens.
#[derive(Debug)]
pub enum TokenError {
    /// The code or the refresh token is used, over or taken back.
    InvalidGrant,
    /// Discord does not answer, or not as expected.
    Other(Error),
}

/// Who signed in. See <https://discord.com/developers/docs/resources/user#user-object>.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Me {
    /// Their id.
    pub id: UserId,
    /// Their unique name.
    pub username: String,
    /// What Discord shows for them, where they chose something.
    pub global_name: Option<String>,
    /// The hash of their picture.
    pub avatar: Option<String>,
    /// Four digits, `0` for whoever has none any more.
    pub discriminator: Option<String>,
    /// Only with the scope `email`.
    pub email: Option<String>,
    /// Whether they confirmed that address to Discord.
    #[serde(default)]
    pub verified: bool,
}

/// A server that a person is in.
/// See <https://discord.com/developers/docs/resources/user#get-current-user-guilds>.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Guild {
    /// Its id.
    pub id: GuildId,
    /// Its name.
    pub name: String,
    /// The hash of its picture.
    pub icon: Option<String>,
    /// Whether it is theirs.
    pub owner: bool,
    /// Their permissions there, as Discord's number in text.
    pub permissions: String,
}

impl OAuth {
    /// `None` where `discord.client_secret` is not set: then nobody signs in.
    pub fn new(config: &config::Config) -> Result<Option<Self>> {
        let (discord, public_url) = (&config.discord, &config.web.public_url);
        if discord.client_secret.expose_secret().is_empty() {
            return Ok(None);
        }
        let api_url = discord.api_url.trim_end_matches('/').to_owned();
        let unusable = |error: oauth2::url::ParseError| Error::Setup(format!("discord.api_url or web.public_url: {error}"));
        let client = BasicClient::new(ClientId::new(discord.application_id.clone()))
            .set_client_secret(ClientSecret::new(discord.client_secret.expose_secret().to_owned()))
            .set_auth_uri(AuthUrl::new(format!("{api_url}/oauth2/authorize")).map_err(unusable)?)
            .set_token_uri(TokenUrl::new(format!("{api_url}/api/oauth2/token")).map_err(unusable)?)
            .set_redirect_uri(RedirectUrl::new(format!("{public_url}/oauth/callback")).map_err(unusable)?);
        // A redirect of the token endpoint could carry the secret elsewhere.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(CALL_TIMEOUT).build();
        let http = http.map_err(|error| Error::Fault(error.to_string()))?;
        let (id, secret) = (discord.application_id.clone(), discord.client_secret.clone());
        Ok(Some(Self { client, http, api_url, id, secret, standing: Standing::default() }))
    }

    /// The same client, which notes how the application's secret is taken.
    pub fn noting(self, standing: &Standing) -> Self {
        Self { standing: standing.clone(), ..self }
    }

    /// The consent page for a state, with PKCE.
    pub fn begin(&self, state: &str) -> Begun {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = CsrfToken::new(state.to_owned());
        let asked = self.client.authorize_url(move || state).add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())));
        let (url, _) = asked.set_pkce_challenge(challenge).url();
        Begun { url: url.into(), verifier: verifier.into_secret().into() }
    }

    /// The tokens for a code, which works once.
    pub async fn exchange(&self, code: &str, verifier: &SecretString) -> Result<Tokens, TokenError> {
        let code = AuthorizationCode::new(code.to_owned());
        let verifier = PkceCodeVerifier::new(verifier.expose_secret().to_owned());
        self.noted(tokens(self.client.exchange_code(code).set_pkce_verifier(verifier).request_async(&self.http).await))
    }

    /// The next tokens for a refresh token, which works once.
    pub async fn refresh(&self, token: &SecretString) -> Result<Tokens, TokenError> {
        let token = RefreshToken::new(token.expose_secret().to_owned());
        self.noted(tokens(self.client.exchange_refresh_token(&token).request_async(&self.http).await))
    }

    /// Takes a token and what was granted with it back. One that Discord does not know is taken back.
    pub async fn revoke(&self, token: &SecretString) -> Result<()> {
        let url = format!("{}/api/oauth2/token/revoke", self.api_url);
        let form = [("token", token.expose_secret())];
        let sent = self.http.post(url).basic_auth(&self.id, Some(self.secret.expose_secret())).form(&form).send().await;
        match sent.map_err(|error| outside(error.without_url().to_string(), Failure::Away))? {
            answer if answer.status().is_success() => Ok(()),
            answer => Err(refused(answer.status())),
        }
    }

    /// Who holds a token.
    pub async fn me(&self, access: &SecretString) -> Result<Me> {
        self.read("/users/@me", access).await?.ok_or_else(|| refused(StatusCode::UNAUTHORIZED))
    }

    /// The servers of whoever holds a token: 200 at most, Discord's own limit. `None` for a token that is over
    /// or was taken back.
    pub async fn guilds(&self, access: &SecretString) -> Result<Option<Vec<Guild>>> {
        self.read("/users/@me/guilds", access).await
    }

    /// Whether Discord takes the application's id and secret: asks for the tokens of a code that nobody was
    /// given, and hears whether it is the code that is wrong or they.
    pub async fn takes_secret(&self) -> Result<bool> {
        let code = self.client.exchange_code(AuthorizationCode::new("examined".to_owned()));
        let answer = code.request_async(&self.http).await;
        if let Err(RequestTokenError::ServerResponse(refusal)) = &answer
            && matches!(refusal.error(), BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient)
        {
            return Ok(false);
        }
        match tokens(answer) {
            Ok(_) | Err(TokenError::InvalidGrant) => Ok(true),
            Err(TokenError::Other(error)) => Err(error),
        }
    }

    /// Notes whether Discord takes the application's secret.
    fn noted(&self, answer: Result<Tokens, TokenError>) -> Result<Tokens, TokenError> {
        match &answer {
            Ok(_) | Err(TokenError::InvalidGrant) => self.standing.taken(Trouble::ClientSecret, ""),
            Err(TokenError::Other(error)) if error.failure() == Some(Failure::Credentials) => {
                self.standing.refused(Trouble::ClientSecret, "", "invalid_client");
            }
            Err(TokenError::Other(_)) => {}
        }
        answer
    }

    async fn read<T: DeserializeOwned>(&self, path: &str, access: &SecretString) -> Result<Option<T>> {
        let asked = self.http.get(format!("{}/api/v10{path}", self.api_url)).bearer_auth(access.expose_secret());
        let answer = asked.send().await.map_err(|error| outside(error.without_url().to_string(), Failure::Away))?;
        match answer.status() {
            StatusCode::UNAUTHORIZED => Ok(None),
            status if status.is_success() => {
                answer.json().await.map(Some).map_err(|error| outside(format!("{path}: {}", error.without_url()), Failure::Away))
            }
            status => Err(refused(status)),
        }
    }
}

impl std::fmt::Debug for OAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OAuth").field("id", &self.id).finish_non_exhaustive()
    }
}

fn tokens<E: std::error::Error>(
    answer: std::result::Result<BasicTokenResponse, RequestTokenError<E, oauth2::basic::BasicErrorResponse>>,
) -> Result<Tokens, TokenError> {
    match answer {
        Ok(found) => Ok(Tokens {
            access: found.access_token().secret().clone().into(),
            refresh: found.refresh_token().map(|token| token.secret().clone().into()),
            lives: found.expires_in().unwrap_or(LIFETIME),
            scopes: found.scopes().into_iter().flatten().map(|scope| scope.to_string()).collect(),
        }),
        Err(RequestTokenError::ServerResponse(refusal)) if *refusal.error() == BasicErrorResponseType::InvalidGrant => {
            Err(TokenError::InvalidGrant)
        }
        // Only the kind: a description may quote what was sent.
        Err(RequestTokenError::ServerResponse(refusal)) => {
            let failure = match refusal.error() {
                BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => Failure::Credentials,
                _ => Failure::Refused,
            };
            Err(TokenError::Other(outside(format!("the token endpoint says {}", refusal.error()), failure)))
        }
        Err(RequestTokenError::Request(_)) => Err(TokenError::Other(outside("the token endpoint does not answer".into(), Failure::Away))),
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => {
            Err(TokenError::Other(outside("the token endpoint answers what is no token".into(), Failure::Away)))
        }
    }
}

fn refused(status: StatusCode) -> Error {
    let failure = match status.as_u16() {
        401 => Failure::Credentials,
        403 => Failure::Permission,
        404 => Failure::Gone,
        429 | 500.. => Failure::Away,
        _ => Failure::Refused,
    };
    outside(format!("status {}", status.as_u16()), failure)
}

fn outside(detail: String, failure: Failure) -> Error {
    Error::outside(Service::Discord, failure, detail)
}

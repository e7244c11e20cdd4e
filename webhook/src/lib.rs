//! HTTP in, HTTP out: Stripe's webhook, the pages behind our links, signing in, the dashboard, and health.

mod assets;
mod connections;
mod cookies;
mod layers;
mod limits;
mod pages;
mod previews;
mod requests;
mod routes;
mod signed_in;
mod web;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::{from_fn_with_state, map_response_with_state};
use axum::routing::{MethodFilter, on};
use shared::domain::papers;
use shared::domain::stripe_inbox::Inbox;
use shared::{App, Error, Result, worker};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use routes::dashboard::{files, inbox, invoices, overview, sessions, settings};
use routes::{download, health, home, login, pay, static_files, stripe};
use web::Web;

/// How long requests in flight may take once the service is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// Stripe's events are a few KiB; those with many line items grow.
const WEBHOOK_BODY_MAX: usize = 1024 * 1024;
/// Nothing else that is sent to us is large.
const BODY_MAX: usize = 64 * 1024;

/// Makes the router and the list of its routes from one table.
macro_rules! routes {
    ($($method:ident $path:literal => $handler:expr),* $(,)?) => {
        /// Every route as its method and its pattern.
        pub fn routes() -> &'static [(&'static str, &'static str)] {
            &[$((stringify!($method), $path)),*]
        }

        fn handlers() -> Router<Arc<Web>> {
            Router::new()$(.route($path, on(MethodFilter::$method, $handler)))*
        }
    };
}

routes! {
    POST "/stripe/webhook" => stripe::receive.layer(DefaultBodyLimit::max(WEBHOOK_BODY_MAX)),
    POST "/discord/events" => routes::discord::receive,
    GET "/pay/{token}" => pay::open,
    GET "/pay/{token}/done" => pay::done,
    GET "/pay/{token}/cancelled" => pay::cancelled,
    GET "/d/{token}" => download::open,
    GET "/login" => login::begin,
    GET "/oauth/callback" => login::callback,
    POST "/logout" => login::logout,
    GET "/dashboard" => overview::show_overview,
    GET "/dashboard/invoices" => invoices::list,
    GET "/dashboard/invoices/{number}" => invoices::one,
    GET "/dashboard/invoices/{number}/pay" => invoices::pay,
    GET "/dashboard/invoices/{number}/receipt" => invoices::receipt,
    GET "/dashboard/files" => files::list,
    GET "/dashboard/files/{id}/download" => files::download,
    GET "/dashboard/inbox" => inbox::list,
    POST "/dashboard/inbox/read" => inbox::read,
    GET "/dashboard/sessions" => sessions::list,
    POST "/dashboard/sessions/end" => sessions::end,
    POST "/dashboard/sessions/end-all" => sessions::end_all,
    GET "/dashboard/settings" => settings::open,
    POST "/dashboard/settings" => settings::save,
    GET "/dashboard/disconnect" => settings::ask_disconnect,
    POST "/dashboard/disconnect" => settings::disconnect,
    GET "/health/live" => health::live,
    GET "/health/ready" => health::ready,
    GET "/" => home::home,
    GET "/robots.txt" => home::robots,
    GET "/static/atelier.css" => static_files::css,
    GET "/static/icon.svg" => static_files::icon,
    GET "/static/atelier.js" => static_files::script,
    GET "/sw.js" => static_files::worker,
    GET "/offline" => static_files::offline,
}

/// Listens on `web.listen` and serves until `shutdown`.
pub async fn run(app: Arc<App>, shutdown: CancellationToken) -> Result<()> {
    let listen = &app.config.web.listen;
    let listener = connections::listen(listen)
        .await
        .map_err(|error| Error::Setup(format!("cannot listen on {listen}: {error}. Choose another address or port in web.listen.")))?;
    serve(app, listener, shutdown).await
}

/// Serves on `listener` with an outbox worker beside it, until `shutdown`. Then finishes requests
/// in flight, for ten seconds at the most, and what the worker has claimed.
pub async fn serve(app: Arc<App>, listener: TcpListener, shutdown: CancellationToken) -> Result<()> {
    if let Ok(address) = listener.local_addr() {
        tracing::info!(%address, "listening on {address}, reached as {}", app.config.web.public_url);
    }
    papers::freeze_earlier(&app, app.clock.now()).await?;
    let (stop, cut) = (shutdown.child_token(), CancellationToken::new());
    let (inbox, taking_in) = Inbox::new(app.clone());
    // Beside the requests that it answers.
    let taking_in = tokio::spawn(taking_in);
    let server = async {
        let router = router(app.clone(), inbox);
        let mut served = pin!(connections::serve(listener, router, &app.config.web, stop.clone(), cut.clone()));
        tokio::select! {
            () = served.as_mut() => {}
            () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => {
                tracing::warn!("stopped with requests still in flight");
                cut.cancel();
                served.await;
            }
        }
    };
    let worker = async {
        let ended = worker::run(app.clone(), stop.clone()).await;
        stop.cancel();
        ended
    };
    let taking_in = async {
        let ended = taking_in.await;
        // It ends by itself only where it is broken: nothing may be taken then.
        stop.cancel();
        ended
    };
    let ((), taken_in, worked) = tokio::join!(server, taking_in, worker);
    taken_in.map_err(|error| Error::Fault(format!("Stripe's events: {error}")))?;
    worked
}

fn router(app: Arc<App>, inbox: Inbox) -> Router {
    with_layers(handlers(), Arc::new(Web::new(app, inbox)))
}

/// The last layer is the outermost: it sees every request first and every answer last.
fn with_layers(handlers: Router<Arc<Web>>, web: Arc<Web>) -> Router {
    let app = web.app.clone();
    handlers
        .fallback(home::not_found)
        .method_not_allowed_fallback(home::wrong_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(web.clone(), previews::keep_closed))
        .layer(from_fn_with_state(web.clone(), layers::limit))
        .layer(axum::middleware::from_fn(layers::limit_body))
        .layer(from_fn_with_state(web.clone(), layers::limit_time))
        .layer(CatchPanicLayer::custom(move |panic| layers::panicked(&app, panic)))
        .layer(map_response_with_state(web.clone(), layers::add_headers))
        .layer(axum::middleware::from_fn(layers::trace))
        .with_state(web)
}

#[cfg(test)]
mod tests;

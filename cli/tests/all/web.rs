//! Signing in with Discord, sessions, and the customer's dashboard, as a browser has them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use sandbox::discord::Person;

use crate::browser::Chromium;
use crate::world::*;

each_backend!(
    signing_in_leads_back_to_the_page_that_was_asked_for,
    without_email_or_servers_everything_else_works,
    who_declines_is_nobody_and_reads_what_to_do,
    a_state_counts_once_and_in_its_own_browser,
    a_token_endpoint_that_fails_signs_nobody_in,
    a_link_for_somebody_else_says_so,
    a_new_sign_in_ends_the_old_session_of_that_browser,
    sessions_end_when_idle_and_at_the_latest,
    sessions_are_listed_and_ended_one_by_one_and_all_at_once,
    a_form_without_its_token_does_nothing,
    invoices_are_paid_and_receipted_from_the_dashboard,
    files_are_downloaded_from_the_dashboard,
    the_inbox_is_read_on_the_dashboard,
    settings_are_chosen_and_the_account_is_disconnected,
    nobody_signs_in_where_the_studio_has_not_set_it_up,
    who_asks_too_often_waits_and_a_right_webhook_does_not,
    the_browser_keeps_the_shell_and_nothing_else,
    what_is_at_rest_names_no_address_and_no_token,
    the_log_of_a_whole_visit_names_nothing_secret,
);

/// A browser with its cookies, which follows no redirect by itself.
pub struct Browser {
    http: reqwest::Client,
    url: String,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    pub fn new(world: &World) -> Self {
        Self::at(&world.url)
    }

    fn at(url: &str) -> Self {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).user_agent(firefox).build().unwrap();
        Self { http, url: url.to_owned(), cookies: Mutex::new(BTreeMap::new()) }
    }

    pub async fn send(&self, method: Method, path: &str, form: &[(&str, &str)]) -> Response {
        let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        let cookies: Vec<String> = self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.http.request(method.clone(), address).header("cookie", cookies.join("; "));
        if method == Method::POST {
            request = request.form(form);
        }
        let answer = request.send().await.unwrap();
        for line in answer.headers().get_all("set-cookie") {
            let line = line.to_str().unwrap();
            assert!(line.contains("; HttpOnly; SameSite=Lax") && line.contains("; Path=/;"), "{line}");
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            match line.contains("Max-Age=0;") {
                true => cookies.remove(name),
                false => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        answer
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[]).await
    }

    /// The text of a page that must be there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        answer.text().await.unwrap()
    }

    /// Where a page leads by 303.
    pub async fn led(&self, path: &str) -> String {
        led_by(self.get(path).await).await
    }

    /// The token that the forms of this session hold.
    pub async fn form_token(&self) -> String {
        let page = self.page("/dashboard").await;
        page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// Sends a form with its token.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        let token = self.form_token().await;
        let form: Vec<(&str, &str)> = form.iter().copied().chain([("form_token", token.as_str())]).collect();
        self.send(Method::POST, path, &form).await
    }

    /// Signs a person in; returns where they end up.
    pub async fn sign_in(&self, person: &Person) -> String {
        let consent = self.led("/login").await;
        let back = person.authorize(&consent).unwrap();
        led_by(self.get(&back).await).await
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    async fn is_signed_in(&self) -> bool {
        self.get("/dashboard").await.status() == StatusCode::OK
    }
}

pub async fn led_by(answer: Response) -> String {
    let status = answer.status();
    let location = answer.headers().get("location").map(|value| value.to_str().unwrap().to_owned());
    match location {
        Some(location) if status == StatusCode::SEE_OTHER => location,
        _ => panic!("{status}: {}", answer.text().await.unwrap()),
    }
}

/// A page that is no success, with a part of its text.
pub async fn says(answer: Response, status: StatusCode, words: &str) {
    let found = answer.status();
    let page = answer.text().await.unwrap();
    assert_eq!(found, status, "{page}");
    assert!(page.contains(words), "{words}: {page}");
}

async fn sessions(world: &World) -> i64 {
    world.number("SELECT COUNT(*) AS value FROM sessions").await
}

async fn signing_in_leads_back_to_the_page_that_was_asked_for(world: World) {
    let browser = Browser::new(&world);
    let login = browser.led("/dashboard/invoices?status=paid&older=7").await;
    assert_eq!(login, "/login?to=/dashboard/invoices%3Fstatus%3Dpaid%26older%3D7");
    let consent = browser.led(&login).await;
    assert!(consent.starts_with(&world.sandbox.discord.url()) && consent.contains("code_challenge_method=S256"), "{consent}");
    let back = world.ada.authorize(&consent).unwrap();
    assert_eq!(led_by(browser.get(&back).await).await, "/dashboard/invoices?status=paid&older=7");
    assert_eq!(browser.cookie("atelier-sign-in"), None);
    assert!(browser.page("/dashboard").await.contains("Hello, ada"));
    // Only a path of ours is led to.
    for to in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", ""] {
        let login = reqwest::Url::parse_with_params(&format!("{}/login", world.url), [("to", to)]).unwrap();
        let consent = browser.led(login.as_str()).await;
        let back = world.ada.authorize(&consent).unwrap();
        assert_eq!(led_by(browser.get(&back).await).await, "/dashboard", "{to}");
    }
    assert_eq!(sessions(&world).await, 1, "a browser has one");
}

async fn without_email_or_servers_everything_else_works(world: World) {
    for (without, person) in [("email", &world.ada), ("guilds", &world.ben)] {
        let browser = Browser::new(&world);
        let consent = browser.led("/login").await;
        let consent = consent.replace(&format!("+{without}"), "").replace(&format!("%20{without}"), "");
        assert!(!consent.contains(without), "{consent}");
        let back = person.authorize(&consent).unwrap();
        assert_eq!(led_by(browser.get(&back).await).await, "/dashboard");
        let page = browser.page("/dashboard/settings").await;
        assert_eq!(page.matches(">not allowed<").count(), 1, "{page}");
        assert_eq!(page.matches(">allowed<").count(), 2, "{page}");
        assert!(!page.contains("Pixel Forge's") && !page.contains("@"), "{page}");
    }
}

async fn who_declines_is_nobody_and_reads_what_to_do(world: World) {
    let browser = Browser::new(&world);
    let consent = browser.led("/login").await;
    let back = world.ada.decline(&consent).unwrap();
    says(browser.get(&back).await, StatusCode::OK, "nobody was signed in").await;
    assert_eq!(sessions(&world).await, 0);
    says(browser.get("/oauth/callback?error=invalid_scope&state=x").await, StatusCode::GONE, "Begin again").await;
    assert_eq!(browser.sign_in(&world.ada).await, "/dashboard", "begun again");
}

async fn a_state_counts_once_and_in_its_own_browser(world: World) {
    let (browser, other) = (Browser::new(&world), Browser::new(&world));
    let consent = browser.led("/login").await;
    let back = world.ada.authorize(&consent).unwrap();
    says(other.get(&back).await, StatusCode::FORBIDDEN, "begun in another browser").await;
    other.led("/login").await;
    says(other.get(&back).await, StatusCode::FORBIDDEN, "begun in another browser").await;
    assert_eq!(sessions(&world).await, 0);
    led_by(browser.get(&back).await).await;
    browser.set_cookie("atelier-sign-in", "x");
    assert_eq!(browser.led(&back).await, "/dashboard", "who is signed in goes on");
    assert!(browser.is_signed_in().await, "as they were");
    let nobody = Browser::new(&world);
    nobody.set_cookie("atelier-sign-in", "x");
    says(nobody.get(&back).await, StatusCode::GONE, "This sign-in is over").await;
    for odd in ["", "?state=x", "?code=x", "?code=x&state=x", "?state=%00&code=%ff", "?state=a&state=b&code=c"] {
        says(nobody.get(&format!("/oauth/callback{odd}")).await, StatusCode::GONE, "Begin again").await;
    }
    // A code that was used, with a state that is good.
    let (first, second) = (browser.led("/login").await, Browser::new(&world));
    let used = world.ada.authorize(&first).unwrap();
    led_by(browser.get(&used).await).await;
    let code = reqwest::Url::parse(&used).unwrap().query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let consent = reqwest::Url::parse(&second.led("/login").await).unwrap();
    let state = consent.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    says(second.get(&format!("/oauth/callback?code={code}&state={state}")).await, StatusCode::GONE, "This sign-in is over").await;
    // Ten minutes are over.
    let consent = second.led("/login").await;
    let back = world.ada.authorize(&consent).unwrap();
    world.app().clock.advance(Duration::from_secs(10 * 60));
    says(second.get(&back).await, StatusCode::GONE, "This sign-in is over").await;
    assert!(!second.is_signed_in().await);
}

async fn a_link_for_somebody_else_says_so(world: World) {
    let browser = Browser::new(&world);
    let consent = browser.led(&format!("/login?for={}", world.ben.id())).await;
    let back = world.ada.authorize(&consent).unwrap();
    says(browser.get(&back).await, StatusCode::OK, "You are now signed in as ada").await;
    assert!(browser.page("/dashboard").await.contains("Hello, ada"));
    let consent = browser.led(&format!("/login?for={}", world.ada.id())).await;
    assert_eq!(led_by(browser.get(&world.ada.authorize(&consent).unwrap()).await).await, "/dashboard");
    // What is no id is nobody's.
    browser.led("/login?for=%3Cscript%3E").await;
    // The page is in the language of every other page of theirs.
    world.ada.set_locale("de");
    slash(&world.ada.in_dm(), "/inbox", vec![]).await;
    let consent = browser.led(&format!("/login?for={}", world.ben.id())).await;
    says(browser.get(&world.ada.authorize(&consent).unwrap()).await, StatusCode::OK, "Du bist jetzt als ada angemeldet").await;
}

async fn a_new_sign_in_ends_the_old_session_of_that_browser(world: World) {
    let browser = Browser::new(&world);
    browser.sign_in(&world.ada).await;
    let old = browser.cookie("atelier").unwrap();
    browser.sign_in(&world.ada).await;
    let new = browser.cookie("atelier").unwrap();
    assert_ne!(old, new);
    browser.set_cookie("atelier", &old);
    assert!(!browser.is_signed_in().await, "the old one is over");
    browser.set_cookie("atelier", &new);
    assert!(browser.is_signed_in().await);
    // One of the same name that is left of something else, such as another path, hides nothing.
    for stale in ["zzz", old.as_str(), "\"\""] {
        browser.set_cookie("atelier", &format!("{stale}; atelier={new}"));
        assert!(browser.is_signed_in().await, "{stale}");
        browser.set_cookie("atelier", &format!("{new}; atelier={stale}"));
        assert!(browser.is_signed_in().await, "{stale}");
    }
    // Nobody is put into a session that somebody else chose.
    let fixed = Browser::new(&world);
    fixed.set_cookie("atelier", "chosen");
    fixed.sign_in(&world.ben).await;
    assert_ne!(fixed.cookie("atelier").unwrap(), "chosen");
}

async fn sessions_end_when_idle_and_at_the_latest(world: World) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    let (idle, busy) = (Browser::new(&world), Browser::new(&world));
    idle.sign_in(&world.ben).await;
    busy.sign_in(&world.ada).await;
    for day in 1..30 {
        world.app().clock.advance(DAY);
        assert!(busy.is_signed_in().await, "day {day}");
        world.settled().await;
    }
    assert!(!idle.is_signed_in().await, "a week unused");
    world.app().clock.advance(DAY);
    assert_eq!(busy.led("/dashboard").await, "/login?to=/dashboard", "thirty days at the most");
}

async fn sessions_are_listed_and_ended_one_by_one_and_all_at_once(world: World) {
    let (here, there, ben) = (Browser::new(&world), Browser::new(&world), Browser::new(&world));
    here.sign_in(&world.ada).await;
    there.sign_in(&world.ada).await;
    ben.sign_in(&world.ben).await;
    let page = here.page("/dashboard/sessions").await;
    assert_eq!(page.matches("Firefox on Linux").count(), 3, "two, and one named by its button: {page}");
    let id = page.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    says(ben.post("/dashboard/sessions/end", &[("session", &id)]).await, StatusCode::FORBIDDEN, "over already").await;
    assert!(there.is_signed_in().await, "nobody ends another's");
    assert_eq!(led_by(here.post("/dashboard/sessions/end", &[("session", &id)]).await).await, "/dashboard/sessions");
    assert!(!there.is_signed_in().await && here.is_signed_in().await);
    says(here.post("/logout", &[]).await, StatusCode::OK, "You are signed out").await;
    assert!(here.cookie("atelier").is_none());
    here.sign_in(&world.ada).await;
    there.sign_in(&world.ada).await;
    says(here.post("/dashboard/sessions/end-all", &[]).await, StatusCode::OK, "2 sessions have ended").await;
    assert!(!there.is_signed_in().await && ben.is_signed_in().await);
    assert_eq!(world.column("SELECT DISTINCT action AS value FROM audit ORDER BY value").await, ["signed in", "signed out"]);
}

async fn a_form_without_its_token_does_nothing(world: World) {
    let (ada, ben) = (Browser::new(&world), Browser::new(&world));
    ada.sign_in(&world.ada).await;
    ben.sign_in(&world.ben).await;
    let foreign = ben.form_token().await;
    let forms =
        webhook::routes().iter().filter(|(method, path)| *method == "POST" && (path.starts_with("/dashboard") || *path == "/logout"));
    let mut tried = 0;
    for (_, path) in forms {
        for token in ["", "x", foreign.as_str()] {
            let form = [("form_token", token), ("language", "de"), ("timezone", "Europe/Berlin"), ("session", "x"), ("notice", "x")];
            says(ada.send(Method::POST, path, &form).await, StatusCode::FORBIDDEN, "Nothing was done").await;
        }
        says(ada.send(Method::POST, path, &[]).await, StatusCode::FORBIDDEN, "Nothing was done").await;
        tried += 1;
    }
    assert_eq!(tried, 6);
    assert!(ada.is_signed_in().await);
    assert_eq!(sessions(&world).await, 2);
    assert_eq!(world.number("SELECT COUNT(*) AS value FROM accounts WHERE language IS NOT NULL OR timezone IS NOT NULL").await, 0);
    // Whose session ended is told, not led: the form is lost.
    let nobody = Browser::new(&world);
    says(nobody.send(Method::POST, "/dashboard/settings", &[]).await, StatusCode::UNAUTHORIZED, "nothing was done").await;
}

async fn invoices_are_paid_and_receipted_from_the_dashboard(world: World) {
    let browser = Browser::new(&world);
    browser.sign_in(&world.ada).await;
    assert!(browser.page("/dashboard").await.contains("Nothing is open"));
    world.issue(&world.ada, "<i>Dragon</i> rig", "12.50").await;
    for number in 2..=12 {
        world.issue(&world.ada, &format!("Sketch {number}"), "5").await;
    }
    let overview = browser.page("/dashboard").await;
    assert!(overview.contains(">10+<") && overview.contains("See all open invoices") && overview.contains("Sketch 12"), "{overview}");
    let list = browser.page("/dashboard/invoices").await;
    assert!(list.contains("Sketch 12") && !list.contains("&lt;i&gt;Dragon") && !list.contains("<i>Dragon"), "{list}");
    let older = list.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let second = browser.page(&older).await;
    assert!(second.contains("&#60;i&#62;Dragon&#60;/i&#62; rig") && second.contains("rel=\"prev\""), "{second}");

    let one = browser.page("/dashboard/invoices/1").await;
    assert!(one.contains("12.50 USD") && one.contains("pending") && !one.contains("Receipt"), "{one}");
    says(browser.get("/dashboard/invoices/1/receipt").await, StatusCode::FORBIDDEN, "there is no receipt").await;
    let pay = browser.led("/dashboard/invoices/1/pay").await;
    let checkout = browser.led(&pay).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    world.ada.wait_for_dm("Your payment arrived").await;
    assert!(browser.page("/dashboard/invoices?status=paid").await.contains("Dragon"));
    assert!(!browser.page("/dashboard/invoices?status=pending").await.contains("Dragon"));
    assert!(browser.page("/dashboard/invoices?status=revoked").await.contains("None of your invoices stands like this"));
    let receipt = browser.get("/dashboard/invoices/1/receipt").await;
    assert_eq!((receipt.status(), &receipt.headers()["content-type"]), (StatusCode::OK, &"application/pdf".parse().unwrap()));
    assert_eq!(receipt.headers()["content-disposition"], "inline; filename=\"receipt-R-000001.pdf\"");
    assert_eq!(receipt.headers()["cache-control"], "no-store");
    assert!(receipt.bytes().await.unwrap().starts_with(b"%PDF-"));
    says(browser.get("/dashboard/invoices/1/pay").await, StatusCode::FORBIDDEN, "already paid").await;
}

async fn files_are_downloaded_from_the_dashboard(world: World) {
    let browser = Browser::new(&world);
    browser.sign_in(&world.ada).await;
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.deliver("1", "dragon.zip", "the bytes").await;
    let page = browser.page("/dashboard/files").await;
    assert!(page.contains("opens when #1 is paid") && !page.contains("/download"), "{page}");
    let id = world.deliverable_id(&world.ada).await;
    let path = format!("/dashboard/files/{id}/download");
    says(browser.get(&path).await, StatusCode::FORBIDDEN, "opens once invoice #1 is paid").await;
    world.pay(&world.ada, "Dragon rig").await;
    assert!(browser.page("/dashboard/files").await.contains(&path));
    let head = browser.send(Method::HEAD, &path, &[]).await;
    assert!(head.headers().get("location").is_none());
    let presigned = browser.led(&path).await;
    assert_eq!(world.get(&presigned).await.text().await.unwrap(), "the bytes");
    let told = world.column("SELECT action AS value FROM audit WHERE action LIKE 'download%' ORDER BY seq").await;
    assert_eq!(told, ["download link opened"]);
}

async fn the_inbox_is_read_on_the_dashboard(world: World) {
    let (ada, ben) = (Browser::new(&world), Browser::new(&world));
    ada.sign_in(&world.ada).await;
    ben.sign_in(&world.ben).await;
    world.ada.close_dms();
    world.issue(&world.ada, "A *bold* `title`", "12.50").await;
    world.settled().await;
    let file = sandbox::discord::Value::file("a.zip", "application/zip", "bytes");
    let options = vec![("invoice", "1".into()), ("file", file), ("label", "a *star* `x`".into())];
    answered(&slash(&world.desk(), "/deliver add", options).await).await;
    world.settled().await;
    assert!(ada.page("/dashboard").await.contains("2 messages wait"));
    let page = ada.page("/dashboard/inbox").await;
    assert!(page.contains("Press <strong>Pay</strong> to pay by Stripe") && page.contains("A *bold* `title`"), "{page}");
    assert!(page.contains("<strong>a *star* `x`</strong>"), "{page}");
    let id = page.split("name=\"notice\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    for odd in [id.as_str(), "x", "", ",,,"] {
        assert_eq!(led_by(ben.post("/dashboard/inbox/read", &[("notice", odd)]).await).await, "/dashboard/inbox");
    }
    assert!(ada.page("/dashboard").await.contains("2 messages wait"), "nobody reads another's");
    ada.post("/dashboard/inbox/read", &[("notice", &id)]).await;
    assert!(ada.page("/dashboard").await.contains("One message waits"));
    let page = ada.page("/dashboard/inbox").await;
    let all = page.split("type=\"hidden\" name=\"notice\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    ada.post("/dashboard/inbox/read", &[("notice", &all)]).await;
    assert!(ada.page("/dashboard/inbox").await.contains("Nothing waits for you."));
    // What is told of a paid invoice speaks of a button: there is one.
    let checkout = ada.led(&ada.led("/dashboard/invoices/1/pay").await).await;
    world.sandbox.stripe.pay(&checkout).await.unwrap();
    until("the payment is told of", || async { ada.page("/dashboard/inbox").await.contains("Your payment arrived") }).await;
    let page = ada.page("/dashboard/inbox").await;
    assert!(page.contains("href=\"/dashboard/invoices/1\">Files<") && !page.contains("There are more"), "{page}");
    for number in 2..=11 {
        world.issue(&world.ada, &format!("Sketch {number}"), "5").await;
    }
    world.settled().await;
    let page = ada.page("/dashboard/inbox").await;
    assert!(page.contains("There are more") && page.matches("Mark as read").count() == 10, "{page}");
}

async fn settings_are_chosen_and_the_account_is_disconnected(world: World) {
    let (browser, other) = (Browser::new(&world), Browser::new(&world));
    browser.sign_in(&world.ada).await;
    other.sign_in(&world.ada).await;
    let saved = browser.post("/dashboard/settings", &[("language", "de"), ("timezone", "Asia/Tokyo")]).await;
    assert_eq!(led_by(saved).await, "/dashboard/settings?saved=1");
    let page = browser.page("/dashboard/settings?saved=1").await;
    assert!(page.contains("Gespeichert.") && page.contains("value=\"Asia/Tokyo\""), "{page}");
    assert!(page.contains("<html lang=\"de\">") && page.contains("<option value=\"de\" selected>"), "{page}");
    let wrong = browser.post("/dashboard/settings", &[("language", "en"), ("timezone", "Mars/\"><b>")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = wrong.text().await.unwrap();
    assert!(wrong.contains("aria-invalid=\"true\"") && wrong.contains("Mars/&#34;&#62;&#60;b&#62;"), "{wrong}");
    assert!(wrong.contains("<option value=\"en\" selected>"), "what was chosen is still chosen: {wrong}");
    assert!(browser.page("/dashboard/settings").await.contains("<option value=\"de\" selected>"), "none of both");
    browser.post("/dashboard/settings", &[("language", "discord"), ("timezone", "Europe/Berlin")]).await;
    assert!(browser.page("/dashboard/settings").await.contains("<option value=\"discord\" selected>"));

    assert!(browser.page("/dashboard/disconnect").await.contains("Disconnect your account?"));
    says(browser.post("/dashboard/disconnect", &[]).await, StatusCode::OK, "disconnected from Discord").await;
    world.settled().await;
    assert!(!browser.is_signed_in().await && !other.is_signed_in().await);
    for table in ["sessions", "grants", "account_guilds"] {
        assert_eq!(world.number(&format!("SELECT COUNT(*) AS value FROM {table}")).await, 0, "{table}");
    }
}

async fn a_token_endpoint_that_fails_signs_nobody_in(world: World) {
    let browser = Browser::new(&world);
    let token = || sandbox::Fault::on("POST", "/api/oauth2/token");
    for fault in [token().status(500), token().status(401), token().drop_connection(), token().cut_body()] {
        let consent = browser.led("/login").await;
        let back = world.ada.authorize(&consent).unwrap();
        world.sandbox.discord.faults().add(fault.times(1));
        says(browser.get(&back).await, StatusCode::BAD_GATEWAY, "Begin again").await;
        world.sandbox.discord.faults().clear();
    }
    assert_eq!(sessions(&world).await, 0);
    // Servers that cannot be read now are read later.
    let consent = browser.led("/login").await;
    let back = world.ada.authorize(&consent).unwrap();
    world.sandbox.discord.faults().add(sandbox::Fault::on("GET", "/api/v10/users/@me/guilds").status(500).times(1));
    assert_eq!(led_by(browser.get(&back).await).await, "/dashboard");
    assert!(browser.is_signed_in().await);
    world.settled().await;
    assert_eq!(world.column("SELECT DISTINCT name AS value FROM account_guilds").await, ["Pixel Forge"]);
}

async fn nobody_signs_in_where_the_studio_has_not_set_it_up(world: World) {
    world.restart(&[("DISCORD__CLIENT_SECRET", String::new())]).await;
    let browser = Browser::new(&world);
    says(browser.get("/login").await, StatusCode::NOT_FOUND, "Nobody can sign in here").await;
    says(browser.get("/oauth/callback?code=x&state=x").await, StatusCode::NOT_FOUND, "Nobody can sign in here").await;
    assert!(browser.page("/").await.contains("Find us in Discord"));
}

async fn who_asks_too_often_waits_and_a_right_webhook_does_not(world: World) {
    world.restart(&[("WEB__REQUESTS_PER_MINUTE", "20".into()), ("WEB__TRUSTED_PROXIES", "127.0.0.1".into())]).await;
    // A tenth for sign-ins: two.
    let login = format!("{}/login", world.url);
    for _ in 0..2 {
        assert_eq!(world.get_for(&login, "198.51.100.1").await.status(), StatusCode::SEE_OTHER);
    }
    let refused = world.get_for(&login, "198.51.100.1").await;
    assert_eq!(refused.headers()["retry-after"], "31");
    says(refused, StatusCode::TOO_MANY_REQUESTS, "Wait a minute").await;
    assert_eq!(world.get_for(&login, "198.51.100.2").await.status(), StatusCode::SEE_OTHER, "somebody else");
    for path in ["/pay/x", "/pay/x/done", "/d/x", "/health/ready"] {
        world.app().clock.advance(Duration::from_secs(60));
        let address = format!("{}{path}", world.url);
        let mut refused = 0;
        for _ in 0..22 {
            refused += usize::from(world.get_for(&address, "198.51.100.3").await.status() == StatusCode::TOO_MANY_REQUESTS);
        }
        assert_eq!(refused, 2, "{path}");
    }
    // Whoever is signed in is counted by their account, from wherever they ask.
    world.app().clock.advance(Duration::from_secs(60));
    let (here, there) = (Browser::new(&world), Browser::new(&world));
    here.sign_in(&world.ada).await;
    world.app().clock.advance(Duration::from_secs(60));
    there.sign_in(&world.ada).await;
    for browser in [&here, &there] {
        for _ in 0..10 {
            assert!(browser.is_signed_in().await);
        }
    }
    says(here.get("/dashboard").await, StatusCode::TOO_MANY_REQUESTS, "too fast").await;
    // Wrong signatures count, and a right one passes among them.
    let wrong = || world.post_webhook("{}", Some("t=1,v1=00"));
    world.app().clock.advance(Duration::from_secs(60));
    let found = [wrong().await.status(), wrong().await.status(), wrong().await.status()];
    assert_eq!(found, [StatusCode::BAD_REQUEST, StatusCode::BAD_REQUEST, StatusCode::TOO_MANY_REQUESTS]);
    for _ in 0..30 {
        let event = world.sandbox.stripe.event("product.created", serde_json::json!({ "id": "prod_1", "object": "product" }));
        assert_eq!(world.post_event(&event).await, StatusCode::OK);
    }
    assert_eq!(wrong().await.status(), StatusCode::TOO_MANY_REQUESTS);
}

async fn the_browser_keeps_the_shell_and_nothing_else(world: World) {
    let browser = Browser::new(&world);
    let worker = browser.get("/sw.js").await;
    assert_eq!((&worker.headers()["cache-control"], worker.status()), (&"no-cache".parse().unwrap(), StatusCode::OK));
    assert_eq!(worker.headers()["content-type"], "text/javascript; charset=utf-8");
    let worker = worker.text().await.unwrap();
    let list = worker.split("const SHELL = ").nth(1).unwrap().split(';').next().unwrap();
    let shell: Vec<String> = serde_json::from_str(list).unwrap();
    assert_eq!(shell.len(), 3);
    for path in &shell {
        assert!(path.starts_with("/static/") && path.contains("?v="), "{path}");
        assert_eq!(browser.get(path).await.headers()["cache-control"], "public, max-age=31536000, immutable", "{path}");
    }
    assert!(!worker.contains("{version}") && !worker.contains(".put("), "{worker}");
    let offline = browser.page("/offline").await;
    assert!(offline.contains("You are offline") && shell.iter().all(|path| offline.contains(path)), "{offline}");
    // The answers of the dashboard are kept nowhere, not even those that lead elsewhere.
    browser.sign_in(&world.ada).await;
    for (method, path) in webhook::routes() {
        if *method == "GET" && path.starts_with("/dashboard") {
            let answer = browser.get(&path.replace("{number}", "1").replace("{id}", "x")).await;
            assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
        }
    }
}

async fn what_is_at_rest_names_no_address_and_no_token(world: World) {
    let browser = Browser::new(&world);
    let consent = browser.led("/login").await;
    let state = reqwest::Url::parse(&consent).unwrap().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let begun = browser.cookie("atelier-sign-in").unwrap();
    let back = world.ada.authorize(&consent).unwrap();
    let code = reqwest::Url::parse(&back).unwrap().query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let waiting = world.dump().await;
    led_by(browser.get(&back).await).await;
    let session = browser.cookie("atelier").unwrap();
    let form = browser.form_token().await;
    let held = world.dump().await;
    assert!(held.contains("Pixel Forge") && held.contains("identify"), "{held}");
    for secret in ["@example.com", &state, &begun, &code, &session, &form, &world.sandbox.discord.token()] {
        assert!(!waiting.contains(secret) && !held.contains(secret), "{secret}: {held}");
    }
}

async fn the_log_of_a_whole_visit_names_nothing_secret(world: World) {
    world.issue(&world.ada, "Dragon rig", "12.50").await;
    world.pay(&world.ada, "Dragon rig").await;
    world.deliver("1", "dragon.zip", "the bytes").await;
    world.issue(&world.ada, "Castle", "5").await;
    world.settled().await;
    let file = world.deliverable_id(&world.ada).await;
    // A web service of its own, which logs all that it can.
    let listen = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let url = format!("http://{listen}");
    world.sandbox.discord.add_redirect_uri(&format!("{url}/oauth/callback"));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut service = tokio::process::Command::new(env!("CARGO_BIN_EXE_atelier"));
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "").unwrap();
    service.args(["webhook", "--log", "trace", "--config"]).arg(&config).envs(world.variables());
    service.env("ATELIER_WEB__LISTEN", &listen).env("ATELIER_WEB__PUBLIC_URL", &url).current_dir(folder.path()).kill_on_drop(true);
    let mut service = service.stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
    until("the service answers", || async { reqwest::get(format!("{url}/health/live")).await.is_ok() }).await;

    let browser = Browser::at(&url);
    let consent = browser.led("/login").await;
    let begun = browser.cookie("atelier-sign-in").unwrap();
    let back = world.ada.authorize(&consent).unwrap();
    led_by(browser.get(&back).await).await;
    assert_eq!(browser.led(&back).await, "/dashboard", "a state counts once");
    let (session, form) = (browser.cookie("atelier").unwrap(), browser.form_token().await);
    let pay = browser.led("/dashboard/invoices/2/pay").await;
    browser.led(&pay).await;
    let presigned = browser.led(&format!("/dashboard/files/{file}/download")).await;
    for path in ["/dashboard/invoices/1", "/dashboard/invoices/1/receipt", "/dashboard/files", "/dashboard/inbox", "/dashboard/settings"] {
        assert_eq!(browser.get(path).await.status(), StatusCode::OK, "{path}");
    }
    browser.send(Method::POST, "/dashboard/settings", &[("form_token", "forged")]).await;
    says(browser.post("/dashboard/disconnect", &[]).await, StatusCode::OK, "disconnected").await;
    let mut secrets = visit(&world, &url).await;
    // Its clock is the system's, which is ahead of the world's.
    until("the outbox is empty", || async { world.number("SELECT COUNT(*) AS value FROM outbox WHERE state = 'waiting'").await == 0 })
        .await;
    let id = rustix::process::Pid::from_raw(service.id().unwrap().cast_signed()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert!(service.wait().await.unwrap().success());

    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.contains("GET /oauth/callback 303 in") && logged.contains("POST /dashboard/disconnect 200 in"), "{logged}");
    let parts = |address: &str, names: &[&str]| {
        let address = reqwest::Url::parse(address).unwrap();
        let found = address.query_pairs().filter(|(name, _)| names.contains(&name.as_ref())).map(|(_, value)| value.into_owned());
        found.collect::<Vec<String>>()
    };
    assert!(logged.contains("GET /dashboard/files/{id}/download 303 in") && logged.contains("POST /dashboard/sessions/end-all 200 in"));
    secrets.extend([begun, session, form, "@example.com".to_owned(), pay.rsplit('/').next().unwrap().to_owned()]);
    secrets.extend(parts(&back, &["code", "state"]));
    secrets.extend(parts(&presigned, &["X-Amz-Signature", "X-Amz-Credential"]));
    secrets.extend([world.sandbox.discord.client_secret(), world.sandbox.discord.token(), world.sandbox.stripe.secret_key().to_string()]);
    secrets.extend(["X-Amz-", "x-amz-", "atelier="].map(str::to_owned));
    assert_eq!(secrets.len(), 20, "{presigned}");
    for secret in secrets {
        assert!(secret.len() > 5);
        assert!(!logged.contains(&secret), "{secret}: {logged}");
    }
}

/// A visit in a real browser, with all that a browser sends by itself; returns what nobody else may know.
async fn visit(world: &World, url: &str) -> Vec<String> {
    let browser = Chromium::start(url).await;
    browser.open("/dashboard/files").await;
    let consent = browser.whole_address().await;
    browser.click("radio", "ada").await;
    browser.click("button", "Authorize").await;
    browser.is_at("/dashboard/files").await;
    browser.click("link", "Download dragon.zip").await;
    assert_eq!(browser.downloaded("dragon.zip").await, b"the bytes");
    browser.click("link", "Invoices").await;
    browser.click("link", "Pay #2").await;
    browser.says("SANDBOX: no money moves here").await;
    let checkout = browser.whole_address().await;
    browser.write("textbox", "E-mail", "ada@example.com").await;
    browser.click("button", "Pay 5.00 USD").await;
    browser.is_on("/done").await;
    until("it is paid", || async { world.status(2).await == "paid" }).await;
    let done = browser.whole_address().await;
    browser.open("/dashboard/sessions").await;
    let form = browser.script("return document.querySelector('[name=form_token]').value").await.as_str().unwrap().to_owned();
    let session = browser.cookies().await.into_iter().find(|(name, _)| name == "atelier").unwrap().1;
    browser.click("button", "Sign out everywhere").await;
    browser.find("heading", "You are signed out").await;
    browser.quit().await;
    let state = reqwest::Url::parse(&consent).unwrap().query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let checkout = checkout.rsplit('/').next().unwrap().to_owned();
    let pay = done.split("/pay/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    vec![state, checkout, pay, form, session]
}

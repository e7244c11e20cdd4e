//! How fast interactions go from a person through the gateway to a bot and back
//! through the callback. Person, stand-in and bot share one thread, so what is
//! measured is one core. `cargo bench -p sandbox` shows interactions a second.

use divan::counter::ItemsCount;
use futures::future::join_all;
use futures::{SinkExt, StreamExt};
use sandbox::discord::Place;
use sandbox::{Clock, Discord, Recorder};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;

const AT_ONCE: usize = 100;

fn main() {
    divan::main();
}

#[divan::bench]
fn a_hundred_at_once(bencher: divan::Bencher) {
    let world = World::start();
    bencher.counter(ItemsCount::new(AT_ONCE)).bench_local(|| world.ping(AT_ONCE));
}

#[divan::bench]
fn one_after_the_other(bencher: divan::Bencher) {
    let world = World::start();
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| world.ping(1));
}

struct World {
    runtime: Runtime,
    place: Place,
    _discord: Discord,
}

impl World {
    fn start() -> World {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        let (discord, place) = runtime.block_on(async {
            let recorder = Recorder::new(None).expect("it opens no file");
            let discord = Discord::start(Clock::default(), recorder).await.expect("a loopback port is free");
            let bot = Bot { url: discord.url(), token: format!("Bot {}", discord.token()), http: client() };
            bot.register(&discord.application_id()).await;
            tokio::spawn(bot.run());
            discord.bot_connected().await;
            let ada = discord.user("ada");
            let guild = discord.guild("Studio", &ada);
            let place = ada.in_channel(&guild.channel("general"));
            (discord, place)
        });
        World { runtime, place, _discord: discord }
    }

    fn ping(&self, times: usize) {
        self.runtime.block_on(async {
            let replies = join_all((0..times).map(|_| self.place.slash("/ping", []))).await;
            for reply in replies {
                assert_eq!(reply.expect("the bot answers").text(), "pong");
            }
        });
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client without TLS options is built")
}

/// The least that a bot does: it answers every interaction.
struct Bot {
    url: String,
    token: String,
    http: reqwest::Client,
}

impl Bot {
    async fn register(&self, application: &str) {
        let url = format!("{}/api/v10/applications/{application}/commands", self.url);
        let commands = json!([{"name": "ping", "description": "Ping", "type": 1}]);
        let answer = self.http.put(url).header("authorization", &self.token).json(&commands).send().await;
        assert!(answer.expect("the stand-in answers").status().is_success());
    }

    async fn run(self) {
        let url = format!("{}/api/v10/gateway/bot", self.url);
        let answer = self.http.get(url).header("authorization", &self.token).send().await.expect("the stand-in answers");
        let gateway: Value = answer.json().await.expect("it answers in JSON");
        let url = format!("{}?v=10&encoding=json", gateway["url"].as_str().unwrap_or_default());
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await.expect("the gateway takes the connection");
        let token = self.token.trim_start_matches("Bot ");
        let properties = json!({"os": "linux", "browser": "bench", "device": "bench"});
        let identify = json!({"op": 2, "d": {"token": token, "intents": 1, "properties": properties}});
        socket.send(Message::text(identify.to_string())).await.expect("the gateway listens");
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            let event: Value = serde_json::from_str(&text).unwrap_or_default();
            if event["t"] == "INTERACTION_CREATE" {
                tokio::spawn(answer_with_pong(self.http.clone(), self.url.clone(), event["d"].clone()));
            }
        }
    }
}

async fn answer_with_pong(http: reqwest::Client, url: String, interaction: Value) {
    let part = |name: &str| interaction[name].as_str().unwrap_or_default().to_owned();
    let url = format!("{url}/api/v10/interactions/{}/{}/callback", part("id"), part("token"));
    let body = json!({"type": 4, "data": {"content": "pong"}});
    let answer = http.post(url).json(&body).send().await;
    assert!(answer.expect("the stand-in answers").status().is_success());
}

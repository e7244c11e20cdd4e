//! A stand-in for S3-compatible object storage, on a temporary folder.

mod bucket;
mod cors;
mod keys;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::error_handling::HandleError;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::S3ServiceBuilder;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use cors::CorsRule;

use bucket::{Access, Bucket};
use cors::Cors;
use keys::Keys;
use sandbox_core::clock::Clock;
use sandbox_core::fault::{self, FaultState, Faults};
use sandbox_core::keep::{self, Folder};
use sandbox_core::record::{self, Recorder, Service};

const BUCKET: &str = "sandbox";
const REGION: &str = "auto";

/// Object storage with one bucket, on a loopback port. It stops, and its
/// objects are gone unless they are kept, with its last clone.
#[derive(Clone)]
pub struct Storage {
    inner: Arc<Inner>,
}

struct Inner {
    endpoint: String,
    access_key_id: String,
    secret_access_key: String,
    faults: Faults,
    cors: Cors,
    keys: Keys,
    /// Counts the changes of objects.
    changed: watch::Sender<u64>,
    objects: Objects,
    /// One save at a time.
    saving: Mutex<()>,
    stop: CancellationToken,
    _stops_with_the_last_clone: DropGuard,
}

const FILE: &str = "storage.json";

/// Where the objects are.
enum Objects {
    /// Gone with the last clone.
    Temporary(tempfile::TempDir),
    /// In a folder that stays.
    Kept(Folder),
}

impl Objects {
    fn folder(&self) -> PathBuf {
        match self {
            Objects::Temporary(folder) => folder.path().to_owned(),
            Objects::Kept(folder) => folder.join("objects"),
        }
    }
}

/// What is kept beside the objects.
#[derive(Serialize, Deserialize)]
struct Kept {
    endpoint: String,
    access_key_id: String,
    secret_access_key: String,
    keys: keys::Kept,
    cors: Vec<CorsRule>,
}

impl Inner {
    /// Writes down what is there.
    fn save(&self) -> io::Result<()> {
        let Objects::Kept(folder) = &self.objects else { return Ok(()) };
        let _one = self.saving.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = Kept {
            endpoint: self.endpoint.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.clone(),
            keys: self.keys.keep(),
            cors: self.cors.rules(),
        };
        folder.write(FILE, &kept)
    }
}

impl Storage {
    /// Starts to listen on a free loopback port, with an empty bucket.
    ///
    /// Presigned addresses expire, and faults delay, by `clock`.
    pub async fn start(clock: Clock, recorder: Recorder) -> io::Result<Storage> {
        Storage::start_in(clock, recorder, None, None).await
    }

    /// Starts where it was, if it is kept in a folder, else at this port, if it is to be a certain one.
    pub async fn start_in(clock: Clock, recorder: Recorder, folder: Option<&Folder>, port: Option<u16>) -> io::Result<Storage> {
        let kept: Option<Kept> = folder.map(|folder| folder.read(FILE)).transpose()?.flatten();
        let listener = keep::listen(kept.as_ref().map(|kept| kept.endpoint.as_str()), port).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let objects = match folder {
            Some(folder) => Objects::Kept(folder.clone()),
            None => Objects::Temporary(tempfile::tempdir()?),
        };
        std::fs::create_dir_all(objects.folder().join(BUCKET))?;
        let (access_key_id, secret_access_key, keys, rules) = match kept {
            Some(kept) => {
                let wrong = || io::Error::new(io::ErrorKind::InvalidData, format!("{FILE} holds a time that is none"));
                let keys = Keys::of(kept.keys, last_file(&objects.folder().join(BUCKET))?).ok_or_else(wrong)?;
                (kept.access_key_id, kept.secret_access_key, keys, kept.cors)
            }
            None => (random_hex(10)?.to_ascii_uppercase(), random_hex(32)?, Keys::default(), Vec::new()),
        };
        let files = s3s_fs::FileSystem::new(objects.folder()).map_err(|error| io::Error::other(format!("{error:?}")))?;
        let cors = Cors::default();
        cors.set(rules);
        let bucket = Bucket { files, folder: objects.folder().join(BUCKET), keys: keys.clone(), cors: cors.clone() };
        let mut service = S3ServiceBuilder::new(bucket);
        // Whether a presigned address is good now is looked at by `wrong_time`, on the sandbox's clock.
        let mut config = S3Config::default();
        config.presigned_url_max_skew_time_secs = u32::MAX;
        service.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        service.set_auth(Access(SimpleAuth::from_single(access_key_id.clone(), secret_access_key.clone())));
        let service = HandleError::new(service.build(), |_| async { StatusCode::INTERNAL_SERVER_ERROR });
        let faults = Faults::default();
        let fault_state =
            FaultState { service: Service::Storage, faults: faults.clone(), clock: clock.clone(), recorder: recorder.clone() };
        let changed = watch::Sender::new(0);
        let router = Router::new()
            .fallback_service(service)
            .layer(from_fn_with_state(clock.clone(), check_form))
            .layer(from_fn_with_state(cors.clone(), cors::answer))
            .layer(from_fn_with_state((recorder, changed.clone()), remember))
            .layer(from_fn_with_state(fault_state, fault::misbehave));
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stopped);
            if let Err(error) = served.await {
                tracing::error!("the storage stand-in stopped: {error}");
            }
        });
        let inner = Inner {
            endpoint,
            access_key_id,
            secret_access_key,
            faults,
            cors,
            keys,
            changed,
            objects,
            saving: Mutex::default(),
            stop: stop.clone(),
            _stops_with_the_last_clone: stop.clone().drop_guard(),
        };
        let inner = Arc::new(inner);
        if folder.is_some() {
            inner.save()?;
            let weak = Arc::downgrade(&inner);
            keep::follow(inner.changed.subscribe(), stop, move || weak.upgrade().map_or(Ok(()), |inner| inner.save()));
        }
        Ok(Storage { inner })
    }

    /// Writes down what is there now, where it is kept in a folder.
    pub fn save(&self) -> io::Result<()> {
        self.inner.save()
    }

    /// Stops listening. The objects stay until the last clone is gone.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// The address, for a client that puts the bucket into the path.
    pub fn endpoint(&self) -> String {
        self.inner.endpoint.clone()
    }

    /// The bucket's name.
    pub fn bucket(&self) -> String {
        BUCKET.to_owned()
    }

    /// The region that requests are signed for.
    pub fn region(&self) -> String {
        REGION.to_owned()
    }

    /// The access key's id.
    pub fn access_key_id(&self) -> String {
        self.inner.access_key_id.clone()
    }

    /// The access key's secret.
    pub fn secret_access_key(&self) -> String {
        self.inner.secret_access_key.clone()
    }

    /// The misbehaviour of the storage.
    pub fn faults(&self) -> Faults {
        self.inner.faults.clone()
    }

    /// Sets the bucket's CORS rules, as `PutBucketCors` does; none lets no page
    /// in. The error says which rule S3 would not take.
    pub fn set_cors(&self, rules: Vec<CorsRule>) -> Result<(), String> {
        if let Some(wrong) = rules.iter().find_map(CorsRule::wrong) {
            return Err(wrong);
        }
        self.inner.cors.set(rules);
        Ok(())
    }

    /// The bucket's CORS rules.
    pub fn cors(&self) -> Vec<CorsRule> {
        self.inner.cors.rules()
    }

    /// Every object's key and size, sorted by the bytes of the key.
    pub fn objects(&self) -> Vec<(String, u64)> {
        let size = |size: i64| u64::try_from(size).unwrap_or_default();
        self.inner.keys.all().into_iter().map(|(key, stored)| (key, size(stored.size))).collect()
    }

    /// Deletes an object, as somebody with the bucket's console does. Returns whether it was there.
    pub fn delete(&self, key: &str) -> bool {
        let Some(stored) = self.inner.keys.remove(key) else { return false };
        let _ = std::fs::remove_file(self.inner.objects.folder().join(BUCKET).join(stored.file));
        self.inner.changed.send_modify(|version| *version += 1);
        true
    }

    /// Tells when objects come or go.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.inner.changed.subscribe()
    }

    /// The bytes of an object.
    pub fn get(&self, key: &str) -> Option<Vec<u8>> {
        let stored = self.inner.keys.find(key)?;
        std::fs::read(self.inner.objects.folder().join(BUCKET).join(stored.file)).ok()
    }
}

/// The highest number that a file of the bucket is named by.
fn last_file(folder: &Path) -> io::Result<u64> {
    let mut last = 0;
    for entry in std::fs::read_dir(folder)? {
        last = last.max(entry?.file_name().to_str().and_then(|name| name.parse().ok()).unwrap_or(0));
    }
    Ok(last)
}

fn random_hex(bytes: usize) -> io::Result<String> {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    Ok(hex::encode(random))
}

/// Answers what is refused by its form or its time, before anybody looks at the signature.
async fn check_form(State(clock): State<Clock>, request: Request, next: Next) -> Response {
    match wrong_form(&request).or_else(|| wrong_time(&request, clock.now_s())) {
        None => next.run(request).await,
        Some((status, code, message)) => fault::xml_error(status, code, &message),
    }
}

/// Headers, by their beginnings, that ask for what neither R2 nor this stand-in has.
const NOT_THERE: [&str; 6] =
    ["x-amz-acl", "x-amz-grant-", "x-amz-object-lock-", "x-amz-server-side-encryption", "x-amz-tagging", "x-amz-website-redirect-location"];

/// Refuses another scheme than SigV4, another region, and a presigned address that lives longer than a week, or not at
/// all. See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
fn wrong_form(request: &Request) -> Option<(StatusCode, &'static str, String)> {
    const WEEK_S: u64 = 7 * 24 * 60 * 60;
    let query = request.uri().query().unwrap_or_default();
    let asked = |wanted: &str| url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, value)| value);
    let told = |name: header::HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let authorization = told(header::AUTHORIZATION);
    if request.method() == Method::POST && told(header::CONTENT_TYPE).starts_with("multipart/form-data") {
        let message = "This stand-in takes no forms with a POST policy, as R2 takes none.";
        return Some((StatusCode::NOT_IMPLEMENTED, "NotImplemented", message.to_owned()));
    }
    if authorization.starts_with("AWS ") || asked("AWSAccessKeyId").is_some() {
        let message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
        return Some((StatusCode::BAD_REQUEST, "InvalidRequest", message.to_owned()));
    }
    let names = request.headers().keys().map(|name| name.as_str().to_owned());
    let mut names = names.chain(url::form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.to_ascii_lowercase()));
    if names.any(|name| NOT_THERE.iter().any(|beginning| name.starts_with(beginning))) {
        let message = "A header you provided implies functionality that is not implemented.";
        return Some((StatusCode::NOT_IMPLEMENTED, "NotImplemented", message.to_owned()));
    }
    if asked("versionId").is_some_and(|version| version != "null") {
        return Some((StatusCode::BAD_REQUEST, "InvalidArgument", "Invalid version id specified".to_owned()));
    }
    // What is signed for is `key/date/region/s3/aws4_request`. R2 takes two other names for its region.
    let region = |credential: &str| credential.rsplit('/').nth(2).map(str::to_owned);
    let wrong = |region: &String| ![REGION, "us-east-1", ""].contains(&region.as_str());
    let in_header = authorization.split_once("Credential=").and_then(|(_, rest)| region(rest.split(',').next().unwrap_or_default()));
    if let Some(region) = in_header.filter(wrong) {
        let message = format!("The authorization header is malformed; the region '{region}' is wrong; expecting '{REGION}'");
        return Some((StatusCode::BAD_REQUEST, "AuthorizationHeaderMalformed", message));
    }
    if let Some(region) = asked("X-Amz-Credential").and_then(|credential| region(&credential)).filter(wrong) {
        let message = format!("Error parsing the X-Amz-Credential parameter; the region '{region}' is wrong; expecting '{REGION}'");
        return Some((StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError", message));
    }
    let lives = asked("X-Amz-Expires")?;
    if lives.parse().is_ok_and(|seconds: u64| (1..=WEEK_S).contains(&seconds)) {
        return None;
    }
    let message = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds";
    Some((StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError", message.to_owned()))
}

/// Refuses a presigned address before and after its time.
fn wrong_time(request: &Request, now_s: i64) -> Option<(StatusCode, &'static str, String)> {
    /// How far clocks may be apart.
    const SKEW_S: i64 = 15 * 60;
    let query = request.uri().query().unwrap_or_default();
    let asked = |wanted: &str| url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, value)| value);
    let signed_s = seconds_of(&asked("X-Amz-Date")?)?;
    let lives_s: i64 = asked("X-Amz-Expires")?.parse().ok()?;
    if signed_s > now_s + SKEW_S {
        let message = "The difference between the request time and the server's time is too large.";
        return Some((StatusCode::FORBIDDEN, "RequestTimeTooSkewed", message.to_owned()));
    }
    (now_s > signed_s + lives_s).then(|| (StatusCode::FORBIDDEN, "AccessDenied", "Request has expired".to_owned()))
}

/// The seconds since 1970 of a time such as `20260131T120000Z`; `None` where it is none.
fn seconds_of(time: &str) -> Option<i64> {
    let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
    if date.len() != 8 || clock.len() != 6 || !date.bytes().chain(clock.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let at = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
    Some(jiff::tz::TimeZone::UTC.to_timestamp(at).ok()?.as_second())
}

async fn remember(State((recorder, changed)): State<(Recorder, watch::Sender<u64>)>, request: Request, next: Next) -> Response {
    let method = request.method().to_string();
    let writes = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    let path = fault::path_and_query(request.uri());
    let content_type = request.headers().get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let expect_bad = record::expects_bad(request.headers());
    let response = next.run(request).await;
    if writes && response.status().is_success() {
        changed.send_modify(|version| *version += 1);
    }
    recorder.record(record::Request {
        service: Service::Storage,
        method,
        path,
        body: Value::Null,
        content_type,
        status: response.status().as_u16(),
        expect_bad,
    });
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::{Digest, Sha256};
    use std::time::{SystemTime, UNIX_EPOCH};

    fn hmac(key: &[u8], text: &str) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    }

    /// `20260131` and `20260131T120000Z`, so many seconds from now.
    fn amz_date(offset_s: i64) -> (String, String) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64 + offset_s;
        let now = jiff::Timestamp::from_second(now).unwrap();
        (now.strftime("%Y%m%d").to_string(), now.strftime("%Y%m%dT%H%M%SZ").to_string())
    }

    fn presigned(storage: &Storage, method: &str, key: &str, offset_s: i64) -> String {
        presigned_with(storage, method, &format!("/{key}"), "", offset_s)
    }

    /// `more` are parameters that sort after `X-Amz-…`, each with its `=`.
    fn presigned_with(storage: &Storage, method: &str, path: &str, more: &str, offset_s: i64) -> String {
        let (date, time) = amz_date(offset_s);
        let host = storage.endpoint().replace("http://", "");
        let scope = format!("{date}/auto/s3/aws4_request");
        let query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}%2F{}&X-Amz-Date={time}\
             &X-Amz-Expires=60&X-Amz-SignedHeaders=host{more}",
            storage.access_key_id(),
            scope.replace('/', "%2F"),
        );
        let path = format!("/{}{path}", storage.bucket());
        let canonical = format!("{method}\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
        let digest = hex::encode(Sha256::digest(canonical.as_bytes()));
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{digest}");
        let key = hmac(format!("AWS4{}", storage.secret_access_key()).as_bytes(), &date);
        let key = hmac(&hmac(&hmac(&key, "auto"), "s3"), "aws4_request");
        let signature = hex::encode(hmac(&key, &text));
        format!("{}{path}?{query}&X-Amz-Signature={signature}", storage.endpoint())
    }

    async fn start() -> (Storage, Recorder, reqwest::Client) {
        let recorder = Recorder::new(None).unwrap();
        let storage = Storage::start(Clock::default(), recorder.clone()).await.unwrap();
        (storage, recorder, reqwest::Client::builder().no_proxy().build().unwrap())
    }

    #[test]
    fn a_time_in_an_address_is_read() {
        for (time, seconds) in [
            ("19700101T000000Z", 0),
            ("20000229T235959Z", 951_868_799),
            ("20260131T120000Z", 1_769_860_800),
            ("21000301T000000Z", 4_107_542_400),
        ] {
            assert_eq!(seconds_of(time), Some(seconds), "{time}");
        }
        let (_, now) = amz_date(0);
        assert!((seconds_of(&now).unwrap() - Clock::default().now_s()).abs() <= 1);
        for wrong in ["", "20260131", "20260131T12000Z", "2026013xT120000Z", "20260131T120000"] {
            assert_eq!(seconds_of(wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn an_address_is_good_in_its_time_on_the_clock() {
        let clock = Clock::default();
        let storage = Storage::start(clock.clone(), Recorder::new(None).unwrap()).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let status = async |method: Method, address: &str| http.request(method, address).send().await.unwrap().status();
        let put = presigned(&storage, "PUT", "a.txt", 0);
        assert_eq!(http.put(put).body("a").send().await.unwrap().status(), 200);
        let (now, in_a_month) = (presigned(&storage, "GET", "a.txt", 0), presigned(&storage, "GET", "a.txt", 30 * 86_400));
        assert_eq!((status(Method::GET, &now).await, status(Method::GET, &in_a_month).await), (StatusCode::OK, StatusCode::FORBIDDEN));
        clock.advance(std::time::Duration::from_secs(30 * 86_400));
        assert_eq!((status(Method::GET, &now).await, status(Method::GET, &in_a_month).await), (StatusCode::FORBIDDEN, StatusCode::OK));
    }

    #[tokio::test]
    async fn only_a_true_signature_opens_an_object() {
        let (storage, _, http) = start().await;
        let put = presigned(&storage, "PUT", "a/b.txt", 0);
        assert_eq!(http.put(&put).body("hello").send().await.unwrap().status(), 200);
        assert_eq!(storage.objects(), [("a/b.txt".to_owned(), 5)]);
        assert_eq!(storage.get("a/b.txt").unwrap(), b"hello");
        assert!(storage.get("../../etc/passwd").is_none());

        let good = presigned(&storage, "GET", "a/b.txt", 0);
        let answer = http.get(&good).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "hello");
        let last = good.chars().last().unwrap();
        let other = if last == '0' { '1' } else { '0' };
        let tampered = format!("{}{other}", &good[..good.len() - 1]);
        let unsigned = good.split('?').next().unwrap().to_owned();
        let renamed = good.replace("a/b.txt", "a/c.txt");
        let longer = good.replace("Expires=60", "Expires=600");
        let disposed = good.replace("X-Amz-Alg", "response-content-disposition=inline&X-Amz-Alg");
        let expired = presigned(&storage, "GET", "a/b.txt", -120);
        for url in [tampered, unsigned, renamed, longer, disposed, expired, put] {
            assert_eq!(http.get(&url).send().await.unwrap().status(), 403, "{url}");
        }
    }

    #[tokio::test]
    async fn a_key_is_any_text() {
        let (storage, _, client) = start().await;
        let send = async |method: reqwest::Method, path: &str, more: &str, body: &'static str| {
            let address = presigned_with(&storage, method.as_str(), path, more, 0);
            let answer = client.request(method, address).body(body).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        for (path, body) in [("/k", "one"), ("/k/l", "two"), ("/k/", ""), ("/a//b", "three"), ("/B", "four"), ("/k-l", "five")] {
            assert_eq!(send(reqwest::Method::PUT, path, "", body).await.0, 200, "{path}");
            assert_eq!(send(reqwest::Method::GET, path, "", "").await, (200, body.to_owned()), "{path}");
        }
        let long = |length: usize| format!("/{}", "x".repeat(length));
        assert_eq!(send(reqwest::Method::PUT, &long(1024), "", "x").await.0, 200);
        assert_eq!(send(reqwest::Method::DELETE, &long(1024), "", "").await.0, 204);
        let (status, body) = send(reqwest::Method::PUT, &long(1025), "", "x").await;
        assert!(status == 400 && body.contains("<Code>KeyTooLongError</Code>"), "{status} {body}");
        // A client takes dots out of an address, so these go by hand.
        let host = storage.endpoint().replace("http://", "");
        for (method, expected) in [("PUT", "200 OK"), ("GET", "200 OK"), ("DELETE", "204 No Content")] {
            let address = presigned_with(&storage, method, "/../x/./y", "", 0).replace(&storage.endpoint(), "");
            let mut stream = tokio::net::TcpStream::connect(&host).await.unwrap();
            let head = format!("{method} {address} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 3\r\n\r\ndot");
            tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
            let mut answer = String::new();
            tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
            assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{method}: {answer}");
            assert_eq!(storage.get("../x/./y").is_some(), method != "DELETE");
        }
        let listed = async |more: &str| {
            let (status, body) = send(reqwest::Method::GET, "", more, "").await;
            assert_eq!(status, 200, "{body}");
            let names =
                |tag: &str| body.split(&format!("<{tag}>")).skip(1).filter_map(|rest| rest.split('<').next()).collect::<Vec<_>>().join(" ");
            (names("Key"), names("CommonPrefixes><Prefix"), names("NextContinuationToken"))
        };
        // In the order of their bytes, where a folder would put `k/l` first.
        assert_eq!(listed("&list-type=2").await.0, "B a//b k k-l k/ k/l");
        assert_eq!(listed("&delimiter=%2F&list-type=2").await, ("B k k-l".into(), "a/ k/".into(), String::new()));
        let (keys, _, next) = listed("&list-type=2&max-keys=4").await;
        assert_eq!(keys, "B a//b k k-l");
        assert!(!next.is_empty());
        assert_eq!(listed("&list-type=2&start-after=k-l").await.0, "k/ k/l");
        assert_eq!(listed("&encoding-type=url&list-type=2&prefix=a").await.0, "a//b");
        assert_eq!(storage.objects().len(), 6);
        assert_eq!(send(reqwest::Method::DELETE, "/k", "", "").await.0, 204);
        assert_eq!(send(reqwest::Method::GET, "/k/l", "", "").await.1, "two");
        assert!(send(reqwest::Method::GET, "/k", "", "").await.1.contains("<Code>NoSuchKey</Code>"));
    }

    #[tokio::test]
    async fn what_is_not_there_is_named() {
        let (storage, _, client) = start().await;
        let elsewhere = presigned(&storage, "PUT", "a", 0).replace("/sandbox/", "/nope/");
        assert!(!client.put(elsewhere).body("x").send().await.unwrap().status().is_success());
        for seconds in ["604801", "0", "x"] {
            let address = presigned(&storage, "GET", "a", 0).replace("Expires=60", &format!("Expires={seconds}"));
            let answer = client.get(address).send().await.unwrap();
            assert_eq!(answer.status(), 400, "{seconds}");
            assert!(answer.text().await.unwrap().contains("AuthorizationQueryParametersError"));
        }
        let stranger = presigned(&storage, "GET", "a", 0).replace(&storage.access_key_id(), "AKIASOMEBODYELSE");
        let answer = client.get(stranger).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        assert!(answer.text().await.unwrap().contains("<Code>InvalidAccessKeyId</Code>"));
    }

    #[tokio::test]
    async fn only_sigv4_for_its_own_region_is_looked_at() {
        let (storage, _, http) = start().await;
        http.put(presigned(&storage, "PUT", "a", 0)).body("x").send().await.unwrap();
        let address = format!("{}/sandbox/a", storage.endpoint());
        let refused = async |request: reqwest::RequestBuilder| {
            let answer = request.send().await.unwrap();
            let status = answer.status().as_u16();
            let text = answer.text().await.unwrap();
            let code = text.split("<Code>").nth(1).and_then(|rest| rest.split('<').next()).unwrap_or_default();
            (status, code.to_owned())
        };
        let older = format!("AWS {}:c2lnbmVk", storage.access_key_id());
        assert_eq!(refused(http.get(&address).header("authorization", older)).await, (400, "InvalidRequest".into()));
        let older = format!("{address}?AWSAccessKeyId={}&Expires=9999999999&Signature=c2lnbmVk", storage.access_key_id());
        assert_eq!(refused(http.get(older)).await, (400, "InvalidRequest".into()));
        let scheme = |region: &str| {
            let scope = format!("{}/20260101/{region}/s3/aws4_request", storage.access_key_id());
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00")
        };
        let elsewhere = http.get(&address).header("authorization", scheme("eu-west-1"));
        assert_eq!(refused(elsewhere).await, (400, "AuthorizationHeaderMalformed".into()));
        let named = http.get(&address).header("authorization", scheme("us-east-1"));
        assert_ne!(refused(named).await.1, "AuthorizationHeaderMalformed");
        let elsewhere = presigned(&storage, "GET", "a", 0).replace("%2Fauto%2F", "%2Feu-west-1%2F");
        assert_eq!(refused(http.get(elsewhere)).await, (400, "AuthorizationQueryParametersError".into()));
        let form = http.post(format!("{}/sandbox", storage.endpoint())).header("content-type", "multipart/form-data; boundary=a");
        assert_eq!(refused(form.body("--a--")).await, (501, "NotImplemented".into()));
        // What would be left undone is refused, too.
        let put = || http.put(presigned(&storage, "PUT", "a", 0)).body("y");
        for (name, value) in [("x-amz-acl", "public-read"), ("x-amz-server-side-encryption", "aws:kms"), ("x-amz-tagging", "a=b")] {
            assert_eq!(refused(put().header(name, value)).await, (501, "NotImplemented".into()), "{name}");
        }
        let version = presigned_with(&storage, "GET", "/a", "&versionId=1", 0);
        assert_eq!(refused(http.get(version)).await, (400, "InvalidArgument".into()));
        assert_eq!(storage.get("a").unwrap(), b"x");
    }

    #[tokio::test]
    async fn faults_speak_xml_and_queries_are_not_written() {
        let (storage, recorder, http) = start().await;
        storage.faults().add(fault::Fault::on("GET", "/sandbox/").status(503).times(1));
        let url = presigned(&storage, "GET", "none", 0);
        let answer = http.get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 503);
        assert!(answer.text().await.unwrap().contains("<Code>SlowDown</Code>"));
        assert_eq!(http.get(&url).send().await.unwrap().status(), 404);
        assert_eq!(recorder.all().len(), 2);
    }

    #[tokio::test]
    async fn ranges_are_cut_out_or_refused() {
        let (storage, _, http) = start().await;
        let put = presigned(&storage, "PUT", "a.txt", 0);
        http.put(&put).body("0123456789").send().await.unwrap();
        let get = presigned(&storage, "GET", "a.txt", 0);
        let range = async |range: &str| {
            let answer = http.get(&get).header("range", range).send().await.unwrap();
            let told = answer.headers().get("content-range").map(|value| value.to_str().unwrap().to_owned());
            (answer.status().as_u16(), told, answer.text().await.unwrap())
        };
        assert_eq!(range("bytes=2-4").await, (206, Some("bytes 2-4/10".into()), "234".into()));
        assert_eq!(range("bytes=-3").await, (206, Some("bytes 7-9/10".into()), "789".into()));
        assert_eq!(range("bytes=8-").await.2, "89");
        assert_eq!(range("bytes=10-").await.0, 416);
    }

    #[tokio::test]
    async fn an_object_comes_in_parts() {
        const PART: usize = 5 * 1024 * 1024;
        let (storage, _, http) = start().await;
        let begin = async || {
            let url = presigned_with(&storage, "POST", "/big", "&uploads=", 0);
            let answer = http.post(url).send().await.unwrap().text().await.unwrap();
            let (_, id) = answer.split_once("<UploadId>").unwrap();
            id.split_once('<').unwrap().0.to_owned()
        };
        let upload = async |id: &str, number: u32, size: usize| {
            let url = presigned_with(&storage, "PUT", "/big", &format!("&partNumber={number}&uploadId={id}"), 0);
            let answer = http.put(url).body(vec![b'a'; size]).send().await.unwrap();
            assert_eq!(answer.status(), 200);
            answer.headers()["etag"].to_str().unwrap().to_owned()
        };
        let complete = async |id: &str, tags: &[String]| {
            let part = |(at, tag): (usize, &String)| format!("<Part><PartNumber>{}</PartNumber><ETag>{tag}</ETag></Part>", at + 1);
            let parts: String = tags.iter().enumerate().map(part).collect();
            let url = presigned_with(&storage, "POST", "/big", &format!("&uploadId={id}"), 0);
            let answer = http.post(url).body(format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>")).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };

        let id = begin().await;
        let tags = [upload(&id, 1, PART).await, upload(&id, 2, 7).await];
        let listed = presigned_with(&storage, "GET", "/big", &format!("&max-parts=1&uploadId={id}"), 0);
        let listed = http.get(listed).send().await.unwrap().text().await.unwrap();
        assert!(listed.contains("<PartNumber>1</PartNumber>") && listed.contains("<IsTruncated>true</IsTruncated>"), "{listed}");
        assert!(complete(&id, &[tags[0].clone(), tags[0].clone()]).await.1.contains("<Code>InvalidPart</Code>"));
        let backwards = "<Part><PartNumber>2</PartNumber></Part><Part><PartNumber>1</PartNumber></Part>";
        let url = presigned_with(&storage, "POST", "/big", &format!("&uploadId={id}"), 0);
        let answer = http.post(url).body(format!("<CompleteMultipartUpload>{backwards}</CompleteMultipartUpload>")).send().await.unwrap();
        assert!(answer.text().await.unwrap().contains("<Code>InvalidPartOrder</Code>"));
        assert_eq!(complete(&id, &tags).await.0, 200);
        assert_eq!(storage.objects(), [("big".to_owned(), PART as u64 + 7)]);

        let id = begin().await;
        let tags = [upload(&id, 1, 7).await, upload(&id, 2, 7).await];
        assert!(complete(&id, &tags).await.1.contains("<Code>EntityTooSmall</Code>"));
        let id = begin().await;
        let tags = [upload(&id, 1, PART).await, upload(&id, 2, PART + 1).await, upload(&id, 3, 7).await];
        assert!(complete(&id, &tags).await.1.contains("same length"));
        let id = begin().await;
        let tags = [upload(&id, 1, PART).await, "\"nothing\"".to_owned()];
        let (status, text) = complete(&id, &tags).await;
        assert_eq!(status, 400);
        assert!(text.contains("<Code>InvalidPart</Code>"));
        // The same upload is still there; a wrong entity tag names no part of it.
        let other = upload(&id, 2, 7).await;
        assert!(complete(&id, &[tags[0].clone(), tags[0].clone()]).await.1.contains("<Code>InvalidPart</Code>"));
        assert_eq!(complete(&id, &[tags[0].clone(), other]).await.0, 200);

        let (status, text) = complete(&id, &tags).await;
        assert!(status == 404 && text.contains("<Code>NoSuchUpload</Code>"), "{text}");
        for method in [reqwest::Method::PUT, reqwest::Method::GET, reqwest::Method::DELETE] {
            let part = if method == reqwest::Method::PUT { "&partNumber=1" } else { "" };
            let url = presigned_with(&storage, method.as_str(), "/big", &format!("{part}&uploadId=nope"), 0);
            let answer = http.request(method, url).body("x").send().await.unwrap();
            assert_eq!(answer.status(), 404);
            assert!(answer.text().await.unwrap().contains("<Code>NoSuchUpload</Code>"));
        }
    }

    #[tokio::test]
    async fn what_is_refused_replaces_nothing() {
        let (storage, _, http) = start().await;
        let put = presigned(&storage, "PUT", "a", 0);
        let first = http.put(&put).body("first").send().await.unwrap();
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        let refused = |name: &str, value: &str| http.put(&put).header(name, value).body("second").send();
        let answer = refused("content-md5", "XUFAKrxLKna5cZ2REBfFkg==").await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().contains("<Code>BadDigest</Code>")), (400, true));
        assert_eq!(refused("if-none-match", "*").await.unwrap().status(), 412);
        assert_eq!(refused("if-match", "\"other\"").await.unwrap().status(), 412);
        assert_eq!(storage.get("a").unwrap(), b"first");
        let get = http.get(presigned(&storage, "GET", "a", 0)).header("if-none-match", &tag).send().await.unwrap();
        assert_eq!(get.status(), 304);
        let dated = async |name: &str, date: &str| {
            let sent = http.get(presigned(&storage, "GET", "a", 0)).header(name, date).send();
            sent.await.unwrap().status().as_u16()
        };
        let (past, future) = ("Sat, 01 Jan 2000 00:00:00 GMT", "Thu, 01 Jan 2099 00:00:00 GMT");
        assert_eq!((dated("if-modified-since", past).await, dated("if-modified-since", future).await), (200, 304));
        assert_eq!((dated("if-unmodified-since", past).await, dated("if-unmodified-since", future).await), (412, 200));
        assert_eq!(refused("if-match", &tag).await.unwrap().status(), 200);
        assert_eq!(storage.get("a").unwrap(), b"second");
    }

    #[tokio::test]
    async fn an_object_is_looked_at_copied_and_served_as_asked() {
        let (storage, _, http) = start().await;
        let put = presigned(&storage, "PUT", "a/b", 0);
        let stored = http.put(&put).header("content-type", "text/plain").header("x-amz-meta-by", "ada").body("hello").send().await.unwrap();
        let head = http.head(presigned(&storage, "HEAD", "a/b", 0)).send().await.unwrap();
        assert_eq!(head.status(), 200);
        assert_eq!(head.headers()["content-length"], "5");
        assert_eq!(head.headers()["etag"], stored.headers()["etag"]);
        assert_eq!(head.headers()["x-amz-meta-by"], "ada");
        assert_eq!(http.head(presigned(&storage, "HEAD", "none", 0)).send().await.unwrap().status(), 404);
        let named = presigned_with(&storage, "GET", "/a/b", "&response-content-disposition=attachment", 0);
        assert_eq!(http.get(named).send().await.unwrap().headers()["content-disposition"], "attachment");

        let copy = async |to: &str, from: &str, more: &str| {
            let address = presigned(&storage, "PUT", to, 0);
            let request = http.put(address).header("x-amz-copy-source", format!("{}/{from}", storage.bucket()));
            let request = if more.is_empty() { request } else { request.header("x-amz-metadata-directive", more) };
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        };
        assert_eq!(copy("c", "a/b", "").await.0, 200);
        assert_eq!(storage.get("c").unwrap(), b"hello");
        assert!(copy("c", "none", "").await.1.contains("<Code>NoSuchKey</Code>"));
        assert!(copy("c", "c", "").await.1.contains("<Code>InvalidRequest</Code>"));
        assert_eq!(copy("c", "c", "REPLACE").await.0, 200);
        assert!(http.head(presigned(&storage, "HEAD", "c", 0)).send().await.unwrap().headers().get("x-amz-meta-by").is_none());

        let delete = "<Delete><Object><Key>c</Key></Object><Object><Key>none</Key></Object></Delete>";
        let address = presigned_with(&storage, "POST", "", "&delete=", 0);
        let answer = http.post(address).body(delete).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.text().await.unwrap().matches("<Deleted>").count(), 2);
        assert_eq!(storage.objects(), [("a/b".to_owned(), 5)]);
    }

    #[tokio::test]
    async fn pages_of_allowed_origins_get_in() {
        let (storage, _, http) = start().await;
        let put = presigned(&storage, "PUT", "a.txt", 0);
        let preflight = async |origin: &str, method: &str, headers: &str| {
            let asked = http
                .request(reqwest::Method::OPTIONS, &put)
                .header("origin", origin)
                .header("access-control-request-method", method)
                .header("access-control-request-headers", headers);
            let answer = asked.send().await.unwrap();
            let allowed = answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap().to_owned());
            (answer.status().as_u16(), allowed)
        };
        assert_eq!(preflight("https://a.example", "PUT", "").await, (403, None));

        let xml = "<CORSConfiguration><CORSRule><AllowedOrigin>https://*.example</AllowedOrigin><AllowedMethod>PUT</AllowedMethod>\
                   <AllowedHeader>content-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>";
        let set = async |xml: String| {
            http.put(presigned_with(&storage, "PUT", "", "&cors=", 0)).body(xml).send().await.unwrap().status().as_u16()
        };
        assert_eq!(set(xml.replace("PUT", "PATCH")).await, 400);
        assert_eq!(set(xml.to_owned()).await, 200);
        let shown = http.get(presigned_with(&storage, "GET", "", "&cors=", 0)).send().await.unwrap().text().await.unwrap();
        assert!(shown.contains("<AllowedOrigin>https://*.example</AllowedOrigin>"), "{shown}");

        assert_eq!(preflight("https://a.example", "PUT", "Content-Type").await, (200, Some("https://a.example".into())));
        assert_eq!(preflight("https://a.example", "PUT", "X-Other").await.0, 403);
        assert_eq!(preflight("https://a.example", "GET", "").await.0, 403);
        assert_eq!(preflight("https://a.test", "PUT", "").await.0, 403);
        let stored = http.put(&put).header("origin", "https://a.example").body("hello").send().await.unwrap();
        assert_eq!(stored.status(), 200);
        assert_eq!(stored.headers()["access-control-expose-headers"], "ETag");
        let foreign = http.put(&put).header("origin", "https://a.test").body("hello").send().await.unwrap();
        assert!(!foreign.headers().contains_key("access-control-allow-origin"));

        assert!(storage.set_cors(vec![CorsRule { origins: vec!["*".into()], ..CorsRule::default() }]).is_err());
        storage.set_cors(Vec::new()).unwrap();
        let gone = http.get(presigned_with(&storage, "GET", "", "&cors=", 0)).send().await.unwrap();
        assert_eq!(gone.status(), 404);
    }

    #[tokio::test]
    async fn the_folder_goes_with_the_last_handle() {
        let (storage, _, _) = start().await;
        let folder = storage.inner.objects.folder();
        let other = storage.clone();
        drop(storage);
        assert!(folder.exists());
        drop(other);
        assert!(!folder.exists());
    }
}

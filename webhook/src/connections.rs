//! Connections: how many there may be at once, which end so that others get in, and what ends by itself.
//!
//! Nobody has to send anything to hold a connection, so each may wait ten seconds for a whole header, and
//! when there are as many as may be, the one that has waited longest makes room. Whoever sends what they
//! came for gets through, however many others sit there and say nothing.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use shared::config::Web;
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::limits;

/// How long a connection may take until a whole header is there, from when it was made or answered.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long an answer may lie unread by whoever asked.
const UNREAD_TIME: Duration = Duration::from_secs(60);
/// How often is looked for answers that lie unread.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How long to wait when the system gives no connection, as it does without files to open.
const AFTER_FAULT: Duration = Duration::from_millis(100);
/// The maximum number of bytes kept of a header, or of a body that nobody has read yet.
const BUFFER_MAX: usize = 64 * 1024;
/// Connections that wait in the system until they are accepted: of more, it drops the beginning, and a whole second
/// passes until whoever connects tries again. It allows fewer where it is told to (`net.core.somaxconn`).
const BACKLOG: u32 = 4096;
/// Files that all else may have open: the database, Discord, Stripe, the storage.
const OTHER_FILES: u64 = 256;

/// What a connection is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing is asked for.
    Waiting,
    /// A body is on its way.
    Reading,
    /// We are at work on an answer.
    Working,
}

struct Open {
    network: IpAddr,
    /// A proxy that is in `web.trusted_proxies`.
    is_trusted: bool,
    phase: Phase,
    since: Instant,
    end: CancellationToken,
}

/// All connections that are open.
pub struct Connections {
    max: usize,
    /// Most of one address, or of one network of 64 bits: so many that the rest is left to others.
    of_one_network: usize,
    trusted: Vec<IpNet>,
    open: Mutex<BTreeMap<u64, Open>>,
}

/// One of them, for as long as it lives.
pub struct Connection {
    id: u64,
    all: Arc<Connections>,
    end: CancellationToken,
}

impl Connections {
    /// As many as `web.max_connections` says, and the system lets us.
    pub fn new(web: &Web) -> Self {
        let max = usize::try_from(web.max_connections).unwrap_or(usize::MAX).min(files_for(web.max_connections));
        Self { max, of_one_network: (max / 2).max(1), trusted: web.trusted_proxies.clone(), open: Mutex::default() }
    }

    /// Takes a connection in, and ends another where there are too many. `None` where all of those are at
    /// work: then this one is not taken.
    fn admit(self: &Arc<Self>, id: u64, peer: IpAddr) -> Option<Connection> {
        let network = limits::network(peer);
        let is_trusted = self.trusted.iter().any(|trusted| trusted.contains(&peer));
        let mut open = self.open();
        let of_mine = open.values().filter(|other| other.network == network).count();
        let gives_way = if !is_trusted && of_mine >= self.of_one_network {
            Some(first_to_end(&open, Some(network))?)
        } else if open.len() >= self.max {
            Some(first_to_end(&open, None)?)
        } else {
            None
        };
        if let Some(other) = gives_way.and_then(|other| open.remove(&other)) {
            other.end.cancel();
        }
        let end = CancellationToken::new();
        open.insert(id, Open { network, is_trusted, phase: Phase::Waiting, since: Instant::now(), end: end.clone() });
        Some(Connection { id, all: self.clone(), end })
    }

    /// Ends those whose answer lies unread.
    fn end_unread(&self) {
        let unread = |open: &&Open| open.phase == Phase::Waiting && open.since.elapsed() > UNREAD_TIME;
        self.open().values().filter(unread).for_each(|open| open.end.cancel());
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which connection gives way: of those that wait for a header, else of those that wait for a body, the one
/// that has waited longest in the network that has most of them. A proxy's comes last. None that is at
/// work.
fn first_to_end(open: &BTreeMap<u64, Open>, within: Option<IpAddr>) -> Option<u64> {
    let orders = [(Phase::Waiting, false), (Phase::Reading, false), (Phase::Waiting, true)];
    orders.into_iter().find_map(|(phase, is_trusted)| {
        let waits = || {
            open.iter().filter(move |(_, open)| {
                open.phase == phase && open.is_trusted == is_trusted && within.is_none_or(|network| network == open.network)
            })
        };
        let mut networks: HashMap<IpAddr, usize> = HashMap::new();
        waits().for_each(|(_, open)| *networks.entry(open.network).or_default() += 1);
        let (busiest, _) = networks.into_iter().max_by_key(|(_, count)| *count)?;
        waits().filter(|(_, open)| open.network == busiest).min_by_key(|(_, open)| open.since).map(|(id, _)| *id)
    })
}

impl Connection {
    /// A body is on its way.
    pub fn reads(&self) {
        self.enter(Phase::Reading);
    }

    /// All that was sent is here.
    pub fn works(&self) {
        self.enter(Phase::Working);
    }

    fn enter(&self, phase: Phase) {
        if let Some(open) = self.all.open().get_mut(&self.id) {
            (open.phase, open.since) = (phase, Instant::now());
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.all.open().remove(&self.id);
    }
}

/// How many connections there can be with the files that the system lets us open. Asks for more where
/// that is not enough.
fn files_for(connections: u64) -> usize {
    let needed = connections.saturating_add(OTHER_FILES);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < needed) {
        let current = Some(limit.maximum.map_or(needed, |maximum| maximum.min(needed)));
        // Where it is refused, the limit is as it was.
        let _ = setrlimit(Resource::Nofile, Rlimit { current, maximum: limit.maximum });
    }
    let Some(current) = getrlimit(Resource::Nofile).current.filter(|current| *current < needed) else { return usize::MAX };
    let fits = current.saturating_sub(OTHER_FILES).max(current / 2);
    tracing::warn!(fits, "web.max_connections = {connections} is more than fits: {current} files may be open, which leaves {fits}");
    usize::try_from(fits).unwrap_or(usize::MAX)
}

/// Listens on the first of an address's own that can be had. What tokio's own does, but for the backlog, which is
/// 128 there.
pub async fn listen(address: &str) -> io::Result<TcpListener> {
    let mut refused = io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address");
    for address in lookup_host(address).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // Those of the process before this one may be ending yet.
        socket.set_reuseaddr(true)?;
        match socket.bind(address).and_then(|()| socket.listen(BACKLOG)) {
            Ok(listener) => return Ok(listener),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// Serves connections until `stop`, then finishes those with a request in flight. Once `cut` they end, too.
pub async fn serve(listener: TcpListener, router: Router, web: &Web, stop: CancellationToken, cut: CancellationToken) {
    let all = Arc::new(Connections::new(web));
    let running = TaskTracker::new();
    let mut look = tokio::time::interval(LOOK_EVERY);
    for id in 0.. {
        let accepted = loop {
            tokio::select! {
                () = stop.cancelled() => break None,
                _ = look.tick() => all.end_unread(),
                accepted = listener.accept() => break Some(accepted),
            }
        };
        let (stream, peer) = match accepted {
            Some(Ok(accepted)) => accepted,
            Some(Err(error)) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(AFTER_FAULT).await;
                continue;
            }
            None => break,
        };
        if let Some(connection) = all.admit(id, peer.ip().to_canonical()) {
            running.spawn(serve_one(stream, peer, Arc::new(connection), router.clone(), stop.clone(), cut.clone()));
        }
    }
    drop(listener);
    running.close();
    running.wait().await;
}

async fn serve_one(
    stream: TcpStream,
    peer: SocketAddr,
    connection: Arc<Connection>,
    router: Router,
    stop: CancellationToken,
    cut: CancellationToken,
) {
    let service = hyper::service::service_fn(|request: Request<Incoming>| {
        let (connection, router) = (connection.clone(), router.clone());
        async move {
            connection.works();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request.extensions_mut().insert(connection.clone());
            let response = router.oneshot(request).await;
            connection.enter(Phase::Waiting);
            response.map_err(|never: Infallible| never)
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME).max_buf_size(BUFFER_MAX);
    let mut served = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut is_stopping = false;
    loop {
        tokio::select! {
            // How it ended concerns nobody: most of the ways are a browser that went away.
            _ = served.as_mut() => break,
            () = connection.end.cancelled() => break,
            () = cut.cancelled() => break,
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(max: u64, trusted: &[&str]) -> Arc<Connections> {
        let trusted_proxies = trusted.iter().map(|network| network.parse().unwrap()).collect();
        Arc::new(Connections::new(&Web { max_connections: max, trusted_proxies, ..Web::default() }))
    }

    fn ids(all: &Connections) -> Vec<u64> {
        all.open().keys().copied().collect()
    }

    #[test]
    fn who_waits_longest_in_the_busiest_network_gives_way() {
        let all = connections(8, &[]);
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let mut held = vec![all.admit(0, ip("192.0.2.1")).unwrap()];
        // One network of 64 bits is one address, and has half of the places.
        held.extend((1..=4).map(|id| all.admit(id, ip(&format!("2001:db8::{id}"))).unwrap()));
        held.push(all.admit(5, ip("2001:db8::ffff")).unwrap());
        assert_eq!(ids(&all), [0, 2, 3, 4, 5], "one of its own gave way");
        assert!(held[1].end.is_cancelled());
        held.extend((6..=8).map(|id| all.admit(id, ip(&format!("198.51.100.{id}"))).unwrap()));
        held.push(all.admit(9, ip("203.0.113.9")).unwrap());
        assert_eq!(ids(&all), [0, 3, 4, 5, 6, 7, 8, 9]);
        // Who is at work is left alone, and who sends a body until there is nobody else.
        held.iter().for_each(Connection::works);
        assert!(all.admit(10, ip("203.0.113.10")).is_none(), "all are at work");
        held[0].reads();
        held.push(all.admit(11, ip("203.0.113.11")).unwrap());
        assert_eq!(ids(&all), [3, 4, 5, 6, 7, 8, 9, 11]);
        drop(held);
        assert_eq!(ids(&all), [0; 0]);
    }

    #[test]
    fn a_proxy_has_all_places_and_gives_way_last() {
        let all = connections(4, &["10.0.0.1/32"]);
        let (proxy, other): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "203.0.113.1".parse().unwrap());
        let mut held: Vec<Connection> = (0..3).map(|id| all.admit(id, proxy).unwrap()).collect();
        held.push(all.admit(3, other).unwrap());
        held.push(all.admit(4, proxy).unwrap());
        assert_eq!(ids(&all), [0, 1, 2, 4]);
        held.push(all.admit(5, other).unwrap());
        assert_eq!(ids(&all), [1, 2, 4, 5]);
    }
}

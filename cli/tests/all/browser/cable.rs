//! The network cable of a browser: all it can reach is loopback, and it can be pulled.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

/// A SOCKS 5 proxy (RFC 1928) without passwords, for IPv4 on loopback.
pub struct Cable {
    pub address: SocketAddr,
    is_plugged: watch::Sender<bool>,
    _listening: AbortOnDropHandle<()>,
}

impl Cable {
    pub async fn lay() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (is_plugged, plugged) = watch::channel(true);
        let listening = tokio::spawn(async move {
            while let Ok((browser, _)) = listener.accept().await {
                let mut plugged = plugged.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        // Whoever hangs up is not waited for.
                        _ = carry(browser) => {}
                        _ = plugged.wait_for(|plugged| !plugged) => {}
                    }
                });
            }
        });
        Self { address, is_plugged, _listening: AbortOnDropHandle::new(listening) }
    }

    /// Plugs it in, or pulls it: what is on its way breaks off.
    pub fn plug(&self, is_plugged: bool) {
        self.is_plugged.send_replace(is_plugged);
    }
}

/// One connection, until either side ends it.
async fn carry(mut browser: TcpStream) -> std::io::Result<()> {
    let mut greeting = [0; 2];
    browser.read_exact(&mut greeting).await?;
    browser.read_exact(&mut vec![0; usize::from(greeting[1])]).await?;
    browser.write_all(&[5, 0]).await?;
    let mut request = [0; 4];
    browser.read_exact(&mut request).await?;
    // Chromium sends every host as a name, and addresses as they are written.
    if request != [5, 1, 0, 3] {
        return browser.write_all(&[5, 8, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    }
    let mut name = vec![0; usize::from(browser.read_u8().await?)];
    browser.read_exact(&mut name).await?;
    let port = browser.read_u16().await?;
    let address = str::from_utf8(&name).ok().and_then(|name| name.parse::<Ipv4Addr>().ok());
    let Some(address) = address.filter(Ipv4Addr::is_loopback) else {
        return browser.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    };
    let address = SocketAddr::from((address, port));
    let Ok(mut service) = TcpStream::connect(address).await else {
        return browser.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).await;
    };
    browser.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
    tokio::io::copy_bidirectional(&mut browser, &mut service).await?;
    Ok(())
}

//! What serenity takes for tokio-tungstenite 0.21.
//!
//! serenity 0.12 connects to Discord's gateway with tokio-tungstenite 0.21, whose rustls 0.22 and rustls-webpki
//! 0.102 get no fixes any more (RUSTSEC-2026-0049, -0098, -0099 and -0104). The part that serenity uses is the same in
//! 0.24, which stands on rustls 0.23 as everything else here does.
//!
//! serenity reads each event into its own types and drops what they lack, without a way to the JSON. Of what
//! arrives, it lacks the whole names of files: see `names.rs`.

mod names;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::{Sink, SinkExt, Stream, StreamExt};
use newer::tungstenite::client::IntoClientRequest;
use newer::tungstenite::handshake::client::Response;
use newer::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use newer::tungstenite::{Error, Message, Result};
pub use newer::{MaybeTlsStream, tungstenite};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// A connection to the gateway.
#[derive(Debug)]
pub struct WebSocketStream<S>(newer::WebSocketStream<S>);

/// Connects, as tokio-tungstenite does.
pub async fn connect_async_with_config<R: IntoClientRequest + Unpin>(
    request: R,
    config: Option<WebSocketConfig>,
    disable_nagle: bool,
) -> Result<(WebSocketStream<MaybeTlsStream<TcpStream>>, Response)> {
    let (stream, response) = newer::connect_async_with_config(request, config, disable_nagle).await?;
    Ok((WebSocketStream(stream), response))
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocketStream<S> {
    /// Closes the connection, as tokio-tungstenite does.
    pub async fn close(&mut self, frame: Option<CloseFrame<'_>>) -> Result<()> {
        self.0.close(frame).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for WebSocketStream<S> {
    type Item = Result<Message>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(match ready!(self.0.poll_next_unpin(context)) {
            Some(Ok(message)) => Some(Ok(names::whole(message))),
            ended => ended,
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Sink<Message> for WebSocketStream<S> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.0.poll_ready_unpin(context)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<()> {
        self.0.start_send_unpin(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.0.poll_flush_unpin(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.0.poll_close_unpin(context)
    }
}

#[cfg(all(test, feature = "rustls-tls-webpki-roots"))]
mod tests {
    use tokio::io::AsyncReadExt as _;
    use tokio::net::TcpListener;

    /// rustls has to find its cryptography by itself: were there none, or two, the first connection would panic.
    #[tokio::test]
    async fn an_encrypted_connection_begins_with_a_handshake() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut record = [0; 2];
            stream.read_exact(&mut record).await.unwrap();
            record
        };
        let (record, connected) = tokio::join!(server, super::connect_async_with_config(format!("wss://{address}/"), None, false));
        assert_eq!(record, [22, 3], "a handshake of TLS (RFC 8446, section 5.1)");
        assert!(connected.is_err());
    }
}

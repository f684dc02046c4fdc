//! A server on 127.0.0.1 that answers each request as the test says, byte by byte.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What the server does with a request. It closes the connection afterwards.
#[derive(Clone)]
pub enum Answer {
    /// Sends these bytes.
    Send(Vec<u8>),
    /// Waits, then sends.
    Later(Duration, Vec<u8>),
    /// Sends these bytes, and keeps the connection open without a word.
    Hang(Vec<u8>),
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The request line and the headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Received {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(':'));
        headers.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// Counts requests that are read but not answered yet.
#[derive(Default)]
struct Load {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Load {
    fn begin(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
    }

    fn end(&self) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A running server; it ends when dropped.
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    received: Arc<Mutex<Vec<Received>>>,
    load: Arc<Load>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers the n-th request (from 0) with `answer(n, request)`.
    pub async fn start<F>(answer: F) -> Server
    where
        F: Fn(usize, &Received) -> Answer + Send + Sync + 'static,
    {
        Server::spawn(None, answer).await
    }

    /// The same behind TLS.
    pub async fn start_tls<F>(tls: rustls::ServerConfig, answer: F) -> Server
    where
        F: Fn(usize, &Received) -> Answer + Send + Sync + 'static,
    {
        Server::spawn(Some(TlsAcceptor::from(Arc::new(tls))), answer).await
    }

    /// Gives the same answer to every request.
    pub async fn always(answer: Vec<u8>) -> Server {
        Server::start(move |_, _| Answer::Send(answer.clone())).await
    }

    /// Gives these answers in turn, and then the last one for ever.
    pub async fn sequence(answers: Vec<Vec<u8>>) -> Server {
        Server::start(move |n, _| Answer::Send(answers[n.min(answers.len() - 1)].clone())).await
    }

    async fn spawn<F>(tls: Option<TlsAcceptor>, answer: F) -> Server
    where
        F: Fn(usize, &Received) -> Answer + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let received = Arc::new(Mutex::new(Vec::new()));
        let load = Arc::<Load>::default();
        let (log, counter) = (Arc::clone(&received), Arc::clone(&load));
        let answer = Arc::new(answer);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (log, load) = (Arc::clone(&log), Arc::clone(&counter));
                let (answer, tls) = (Arc::clone(&answer), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &log, &load, &*answer).await,
                        Some(tls) => match tls.accept(stream).await {
                            Ok(stream) => serve(stream, &log, &load, &*answer).await,
                            Err(_) => None,
                        },
                    }
                });
            }
        });
        Server { address, scheme, received, load, task }
    }

    /// The server's URL, with a slash at the end.
    pub fn url(&self) -> String {
        format!("{}://{}/", self.scheme, self.address)
    }

    /// The server's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests came.
    pub fn count(&self) -> usize {
        self.received.lock().unwrap().len()
    }

    /// The largest number of requests that waited for their answers at the same time.
    pub fn most_at_a_time(&self) -> usize {
        self.load.most.load(Ordering::SeqCst)
    }

    /// The n-th request.
    pub fn request(&self, n: usize) -> Received {
        self.received.lock().unwrap()[n].clone()
    }
}

async fn serve<S, F>(mut stream: S, log: &Mutex<Vec<Received>>, load: &Load, answer: &F) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: Fn(usize, &Received) -> Answer,
{
    let Some(request) = read_request(&mut stream).await else {
        // What every web server says to bytes that are no HTTP.
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").await;
        return None;
    };
    let n = {
        let mut log = log.lock().unwrap();
        log.push(request.clone());
        log.len() - 1
    };
    load.begin();
    let answer = answer(n, &request);
    if let Answer::Later(pause, _) = answer {
        tokio::time::sleep(pause).await;
    }
    // Before the client can see the answer and send its next request.
    load.end();
    match answer {
        Answer::Send(bytes) | Answer::Later(_, bytes) => stream.write_all(&bytes).await.ok()?,
        Answer::Hang(bytes) => {
            stream.write_all(&bytes).await.ok()?;
            stream.flush().await.ok()?;
            std::future::pending::<()>().await;
        }
    }
    stream.shutdown().await.ok()
}

/// Reads one request; none if the connection ends before.
pub async fn read_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 || !bytes[0].is_ascii_alphabetic() {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap());
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { head, body: bytes[head_end..].to_vec() })
}

/// A whole response. `headers` are lines without their ends.
pub fn response(status: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// A 200 with JSON.
pub fn json(body: &str) -> Vec<u8> {
    response("200 OK", &["Content-Type: application/json"], body)
}

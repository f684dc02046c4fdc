//! HTTP for JSON APIs: a client that retries what is safe, and errors that say what to do.

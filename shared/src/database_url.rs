//! `database.url`: which engine and database it names.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// The same SQLite file, named in full where the URL begins at a folder: at this one. A server's URL stays as it is.
pub fn absolute(url: &str, folder: &Path) -> String {
    let relative = sqlite_path(url).filter(|path| url.starts_with("sqlite://") && path.is_relative() && path.file_name().is_some());
    let full = relative.and_then(|path| std::path::absolute(folder.join(path)).ok()).and_then(|path| url::Url::from_file_path(path).ok());
    let query = url.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    full.map_or_else(|| url.to_owned(), |full| format!("sqlite://{}{query}", full.path()))
}

/// What is at risk between us and a PostgreSQL server on another machine; `None` where nothing is.
/// See <https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION>.
pub fn risk(url: &str) -> Option<String> {
    if sqlite_path(url).is_some() {
        return None;
    }
    // As the connection is made: what the address leaves open, PGHOST and PGSSLMODE say.
    let server = PgConnectOptions::from_str(url).ok()?;
    let host = server.get_host();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_here = server.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    let what = match server.get_ssl_mode() {
        _ if is_here => return None,
        PgSslMode::VerifyFull => return None,
        PgSslMode::Require | PgSslMode::VerifyCa => {
            "is encrypted, but whoever gets in between can pose as the server, and read and change everything"
        }
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer => {
            "may go unencrypted: whoever is on the way can read and change everything, the database's password, invoices and addresses"
        }
    };
    Some(format!(
        "database.url: what goes to {host} {what}. Write `?sslmode=verify-full` at its end, and `&sslrootcert=FILE` where the server's \
         certificate is not from a public authority"
    ))
}

/// Looks whether `url` names a database of one of our engines. The error goes on after the name of the key.
pub fn check(url: &str) -> Result<(), String> {
    let known = ["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    if !known || url.contains(":memory:") || url.contains("mode=memory") {
        return Err("must start with sqlite:// and name a file, or with postgres://".into());
    }
    // What should have been a percent code divides an address elsewhere: `a:1#2@host` is the host `a` to it.
    let is_cut = |parsed: &url::Url| parsed.username().is_empty() && url.contains('@');
    if sqlite_path(url).is_none() && url::Url::parse(url).map_or(true, |parsed| is_cut(&parsed)) {
        return Err("cannot be read: write a password's special characters as percent codes, such as %23 for #".into());
    }
    Ok(())
}

/// The file behind a `sqlite:` URL, percent-decoded; `None` for a server.
pub fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
    let decoded: Vec<u8> = url::form_urlencoded::parse(format!("p={}", path.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .map(|(_, value)| value.into_owned().into_bytes())
        .next()
        .unwrap_or_default();
    Some(PathBuf::from(String::from_utf8_lossy(&decoded).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_behind_a_url() {
        assert_eq!(sqlite_path("sqlite://data/atelier.db"), Some(PathBuf::from("data/atelier.db")));
        assert_eq!(sqlite_path("sqlite:///var/lib/a%20b.db?x=1"), Some(PathBuf::from("/var/lib/a b.db")));
        assert_eq!(sqlite_path("sqlite://a+b.db"), Some(PathBuf::from("a+b.db")));
        assert_eq!(sqlite_path("postgres://localhost/atelier"), None);
    }

    #[test]
    fn a_relative_file_begins_at_a_folder() {
        let full = |url| absolute(url, Path::new("/etc/my studio"));
        assert_eq!(full("sqlite://data/atelier.db"), "sqlite:///etc/my%20studio/data/atelier.db");
        assert_eq!(full("sqlite://a%20b+c.db?x=1"), "sqlite:///etc/my%20studio/a%20b+c.db?x=1");
        assert_eq!(sqlite_path(&full("sqlite://a%20b+c.db?x=1")), Some(PathBuf::from("/etc/my studio/a b+c.db")));
        for url in ["sqlite:///var/lib/a.db", "postgres://db.example/atelier", "sqlite://", "mysql://a/b", ""] {
            assert_eq!(full(url), url);
        }
    }

    #[test]
    fn a_server_elsewhere_is_trusted_by_its_certificate_only() {
        for url in [
            "sqlite://a.db",
            "postgres://a:b@localhost/atelier",
            "postgres://a:b@127.0.0.1:54320/atelier?sslmode=disable",
            "postgres://a:b@[::1]/atelier",
            "postgres://a:b@%2Frun%2Fpostgresql/atelier",
            "postgres:///atelier?host=/run/postgresql",
            "postgresql://a:b@db.example/atelier?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        ] {
            assert_eq!(risk(url), None, "{url}");
        }
        for (url, what) in [
            ("postgres://a:hush@db.example/atelier", "what goes to db.example may go unencrypted"),
            ("postgres://a:hush@10.0.0.7/atelier?sslmode=prefer", "what goes to 10.0.0.7 may go unencrypted"),
            ("postgres://a:hush@localhost/atelier?host=db.example", "what goes to db.example may go unencrypted"),
            ("postgres://a:hush@db.example/atelier?sslmode=require", "what goes to db.example is encrypted, but"),
            ("postgres://a:hush@db.example/atelier?sslmode=verify-ca", "what goes to db.example is encrypted, but"),
        ] {
            let said = risk(url).unwrap_or_default();
            assert!(said.contains(what) && said.contains("sslmode=verify-full") && !said.contains("hush"), "{url}: {said}");
        }
    }
}

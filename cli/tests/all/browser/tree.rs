//! What is on a page, as a screen reader has it: asked of the whole page at once, since a page with hundreds
//! of buttons is slow to be asked about one by one.

use fantoccini::elements::Element;
use fantoccini::key::Key;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Chromium, now};

/// A part of the page.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    pub browser: &'a Chromium,
    /// The selector of the element that holds it.
    pub css: &'a str,
}

/// Whether a name is the one that was asked for, in which `…` stands for anything.
fn fits(name: &str, wanted: &str) -> bool {
    let Some((beginning, rest)) = wanted.split_once('…') else { return name == wanted };
    let Some(mut name) = name.strip_prefix(beginning) else { return false };
    let (middle, end) = rest.rsplit_once('…').unwrap_or(("", rest));
    for part in middle.split('…') {
        let Some((_, after)) = name.split_once(part) else { return false };
        name = after;
    }
    name.ends_with(end)
}

/// Whether what has the focus shows a caret, or stands in a frame that shows it in its stead.
const FRAMED: &str = "
    const it = document.activeElement;
    const frame = it.closest('.option');
    return it.matches('textarea, input:not([type=radio], [type=checkbox])') || (frame !== null && getComputedStyle(frame).boxShadow !== 'none');";

impl Chromium {
    /// A command of the Chrome DevTools protocol, or none when what it is about went away meanwhile.
    async fn try_cdp(&self, command: &str, parameters: Value) -> Option<Value> {
        let body = json!({ "cmd": command, "params": parameters });
        self.ask(Method::POST, "goog/cdp/execute".into(), body).await.ok()
    }

    /// Role and whole name of what has the focus, which must look so.
    async fn in_focus(&self) -> (String, String) {
        let here = self.focused().await;
        assert!(self.shows_focus().await || self.script(FRAMED).await == true, "nothing shows that {here:?} has the focus");
        here
    }

    /// Presses a key, with others held, until what has the focus has this role and name.
    pub async fn walk(&self, held: &[Key], key: Key, role: &str, name: &str) {
        let mut way = Vec::new();
        for _ in 0..60 {
            match held {
                [] => self.press(&[key]).await,
                [held, ..] => self.press_with(*held, key).await,
            }
            let here = self.in_focus().await;
            if here.0 == role && fits(&here.1, name) {
                return;
            }
            way.push(here);
        }
        panic!("{key:?} never gets to the {role} {name:?}: {way:?}");
    }

    /// Waits until what has the focus has this role and name.
    pub async fn has_focus(&self, role: &str, name: &str) {
        self.shows(&format!("the {role} {name:?} has the focus"), || async {
            let Ok(element) = self.client.active_element().await else { return false };
            self.spoken(&element).await.is_some_and(|here| here.0 == role && fits(&here.1, name))
        })
        .await;
        self.in_focus().await;
    }
}

impl Part<'_> {
    /// The names of everything of a role here, in the page's order, each with its node.
    async fn all_of(&self, role: &str) -> Option<Vec<(String, Value)>> {
        let expression = format!("document.querySelector({})", json!(self.css));
        let root = self.browser.try_cdp("Runtime.evaluate", json!({ "expression": expression })).await?;
        let root = root["result"]["objectId"].as_str()?;
        let found = self.browser.try_cdp("Accessibility.queryAXTree", json!({ "objectId": root, "role": role })).await?;
        let nodes = found["nodes"].as_array()?.iter().filter(|node| node["ignored"] != true);
        let name = |node: &Value| node["name"]["value"].as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        Some(nodes.map(|node| (name(node), node["backendDOMNodeId"].clone())).collect())
    }

    /// The names of everything of a role that is here now.
    pub async fn names(&self, role: &str) -> Vec<String> {
        self.all_of(role).await.unwrap_or_default().into_iter().map(|(name, _)| name).collect()
    }

    /// The last element of this role and name, since what is new stands at the end.
    async fn look_for(&self, role: &str, name: &str) -> Option<Element> {
        let (_, node) = self.all_of(role).await?.into_iter().rev().find(|(found, _)| fits(found, name))?;
        let node = self.browser.try_cdp("DOM.resolveNode", json!({ "backendNodeId": node })).await?;
        let parameters = json!({ "objectId": node["object"]["objectId"], "functionDeclaration": "function () { window.found = this; }" });
        self.browser.try_cdp("Runtime.callFunctionOn", parameters).await?;
        let found = now(self.browser.client.execute("return window.found", vec![]).await)?;
        let id = found["element-6066-11e4-a52e-4f735466cecf"].as_str()?.to_owned();
        Some(Element::from_element_id(self.browser.client.clone(), id.into()))
    }

    /// Does something with the element of this role and name, once it is there, and stays there.
    async fn with<T, F: Future<Output = Result<T, fantoccini::error::CmdError>>>(
        &self,
        role: &str,
        name: &str,
        act: impl Fn(Element) -> F,
    ) -> T {
        let result = std::sync::Mutex::new(None);
        self.shows(&format!("there is a {role} named {name:?}"), || async {
            let Some(element) = self.look_for(role, name).await else { return false };
            let done = now(act(element).await);
            let is_done = done.is_some();
            *result.lock().unwrap() = done;
            is_done
        })
        .await;
        result.into_inner().unwrap().expect("it was done")
    }

    /// Waits until this is so, and says what was here where it never is.
    pub async fn shows<F: Future<Output = bool>>(&self, what: &str, done: impl FnMut() -> F) {
        if !crate::world::happens(done).await {
            self.browser.screenshot("never").await;
            panic!("never happened: {what}; {} says\n{}", self.css, self.text().await);
        }
    }

    pub async fn find(&self, role: &str, name: &str) -> Element {
        self.with(role, name, |element| async { Ok(element) }).await
    }

    pub async fn has(&self, role: &str, name: &str) -> bool {
        self.look_for(role, name).await.is_some()
    }

    /// Waits until no such element is here.
    pub async fn lacks(&self, role: &str, name: &str) {
        self.shows(&format!("there is no {role} named {name:?}"), || async { !self.has(role, name).await }).await;
    }

    /// Clicks with the mouse in the middle of the element; one that lies under another fails.
    pub async fn click(&self, role: &str, name: &str) {
        self.with(role, name, |element| async move { element.click().await }).await;
    }

    /// Writes into a field, in place of what is there.
    pub async fn write(&self, role: &str, name: &str, text: &str) {
        let select_all = format!("{}a{}", char::from(Key::Control), char::from(Key::Null));
        self.with(role, name, |element| {
            let typed = format!("{select_all}{text}");
            async move { element.send_keys(&typed).await }
        })
        .await;
    }

    /// What can be read here.
    pub async fn text(&self) -> String {
        let read = format!("return document.querySelector({})?.innerText ?? ''", json!(self.css));
        self.browser.script(&read).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until this can be read here.
    pub async fn says(&self, words: &str) {
        self.shows(&format!("it says {words:?}"), || async { self.text().await.contains(words) }).await;
    }

    /// Waits until this can be read here no more.
    pub async fn is_silent_about(&self, words: &str) {
        self.shows(&format!("it no longer says {words:?}"), || async { !self.text().await.contains(words) }).await;
    }
}

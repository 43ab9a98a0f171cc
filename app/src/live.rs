//! Pages that stay up to date by themselves while the browser shows them.

use crate::reading::Reading;
use crate::routes::CHANNEL_EVENTS;
use leptos::prelude::*;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::EventSource;

/// However many changes come, a page asks again at most this often.
const AT_MOST_EVERY: Duration = Duration::from_millis(700);

/// Reads a resource again soon after a channel's state or progress changed, for as long as the calling page is shown. What could
/// not be read, such as a channel that is gone, is not asked for again. Does nothing on the server; without JavaScript a page uses
/// [`Refresh`].
pub fn on_channel_events(resource: Reading) {
    on_channel_events_if(resource, |_| true);
}

/// The same for as long as what was read last says that it wants to be read again.
pub fn on_channel_events_if(resource: Reading, wants: fn(&str) -> bool) {
    on_events_if(resource, || CHANNEL_EVENTS.to_owned(), wants);
}

/// The same for events of another address; when that changes, for those of the new one. An address that answers with nothing is not
/// asked again.
pub fn on_events_if(resource: Reading, address: impl Fn() -> String + Send + Sync + 'static, wants: fn(&str) -> bool) {
    let address = Memo::new(move |_| address());
    let readable = StoredValue::new(false);
    Effect::new(move |_| readable.set_value(resource.with(|read| matches!(read, Some(Ok(json)) if wants(json)))));
    let refetch = move || {
        if readable.get_value() {
            resource.refetch();
        }
    };
    Effect::new(move |_| {
        let Ok(source) = EventSource::new(&address.get()) else { return };
        let waiting = StoredValue::new_local(false);
        let listener = Closure::<dyn FnMut()>::new(move || {
            if waiting.try_update_value(|waiting| std::mem::replace(waiting, true)) != Some(false) {
                return;
            }
            soon(waiting, refetch);
        });
        let _ = source.add_event_listener_with_callback("status", listener.as_ref().unchecked_ref());
        // Kept here, out of reach of other threads, because cleaning up must be able to move between threads.
        let open = StoredValue::new_local((source, listener));
        on_cleanup(move || {
            open.try_with_value(|(source, _)| source.close());
        });
    });
}

/// Reads again after a while, unless the page is left meanwhile.
fn soon(waiting: StoredValue<bool, LocalStorage>, refetch: impl Fn() + Copy + 'static) {
    set_timeout(
        move || match waiting.try_get_value() {
            None => {}
            Some(_) if is_in_hand() => soon(waiting, refetch),
            Some(_) => {
                waiting.set_value(false);
                refetch();
            }
        },
        AT_MOST_EVERY,
    );
}

/// Somebody is typing, or is asked something: the page is not to be drawn anew under them.
fn is_in_hand() -> bool {
    document().query_selector("input:focus, select:focus, textarea:focus, :popover-open").is_ok_and(|found| found.is_some())
}

/// Comes to an end when nobody is typing or being asked anything, so that what was read meanwhile waits until then. On the server at once.
pub async fn out_of_hand() {
    poll_fn(|waiting| {
        if cfg!(feature = "ssr") || !is_in_hand() {
            return Poll::Ready(());
        }
        let waker = waiting.waker().clone();
        set_timeout(move || waker.wake(), AT_MOST_EVERY);
        Poll::Pending
    })
    .await;
}

/// Without JavaScript: the page loads itself again every few seconds while something is going on.
#[component]
pub fn Refresh(
    /// Something is going on.
    when: bool,
) -> impl IntoView {
    when.then(|| view! { <noscript inner_html=r#"<meta http-equiv="refresh" content="5">"#></noscript> })
}

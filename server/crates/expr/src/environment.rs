//! The one MiniJinja environment all expressions share, holding what `check` lists and nothing else.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use minijinja::value::{Enumerator, Object, ObjectRepr, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, filters, tests};

use crate::check::METHODS;
use crate::{ExprError, MAX_RESULT_BYTES, MAX_RESULT_VALUES, text};

/// Work one evaluation may do: an instruction costs one, 64 bytes of text cost one. Ordinary expressions use below 100.
const FUEL: u64 = 20_000;

/// Keys that no attribute has; see [`Entry`].
const SCALAR: char = '\u{1}';
const LIST: char = '\u{2}';

pub(crate) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::empty();
    env.set_fuel(Some(FUEL));
    env.set_undefined_behavior(UndefinedBehavior::Chainable);
    env.set_unknown_method_callback(method);

    env.add_function("attr", |state: &State, name: Cow<'_, str>| state.lookup(&format!("{SCALAR}{name}")));
    env.add_function("values", |state: &State, name: Cow<'_, str>| state.lookup(&format!("{LIST}{name}")));

    env.add_filter("lower", |v: Value| each(&v, |t| t.to_lowercase()));
    env.add_filter("upper", |v: Value| each(&v, |t| t.to_uppercase()));
    env.add_filter("trim", |v: Value| each(&v, |t| t.trim().to_owned()));
    env.add_filter("title", |v: Value| each(&v, |t| filters::title(t.into())));
    env.add_filter("capitalize", |v: Value| each(&v, capitalize));
    env.add_filter("before", |v: Value, sep: Cow<'_, str>| each(&v, |t| text::before(t, &sep).to_owned()));
    env.add_filter("after", |v: Value, sep: Cow<'_, str>| each(&v, |t| text::after(t, &sep).to_owned()));
    env.add_filter("left", |v: Value, n: u32| each(&v, |t| text::slice(t, 0, Some(n.into()))));
    env.add_filter("right", |v: Value, n: u32| each(&v, |t| if n == 0 { String::new() } else { text::slice(t, -i64::from(n), None) }));
    env.add_filter("cn_of_dn", |v: Value| each(&v, text::cn_of_dn));
    env.add_filter("remove_accents", |v: Value| each(&v, text::remove_accents));
    env.add_filter("replace", replace);
    env.add_filter("slice", slice);
    env.add_filter("split", |v: Value, sep: Option<Cow<'_, str>>| split(&v, sep.as_deref()));
    env.add_filter("default", |v: Value, other: Value| if is_empty(&v) { other } else { v });
    env.add_filter("first", |v: Value| end(&v, true));
    env.add_filter("last", |v: Value| end(&v, false));
    env.add_filter("length", length);
    env.add_filter("string", |v: Value| each(&v, str::to_owned));
    env.add_filter("join", filters::join);
    env.add_filter("int", filters::int);
    env.add_filter("list", filters::list);
    env.add_filter("map", filters::map);
    env.add_filter("select", filters::select);
    env.add_filter("reject", filters::reject);
    env.add_filter("sort", filters::sort);
    env.add_filter("unique", filters::unique);
    env.add_filter("reverse", filters::reverse);

    env.add_test("defined", |v: Value| !is_empty(&v));
    env.add_test("undefined", |v: Value| is_empty(&v));
    env.add_test("none", |v: Value| is_empty(&v));
    env.add_test("startingwith", tests::is_startingwith);
    env.add_test("endingwith", tests::is_endingwith);
    env.add_test("in", tests::is_in);
    env.add_test("eq", tests::is_eq);
    env.add_test("ne", tests::is_ne);
    env.add_test("lt", tests::is_lt);
    env.add_test("le", tests::is_le);
    env.add_test("gt", tests::is_gt);
    env.add_test("ge", tests::is_ge);
    env.add_test("lower", tests::is_lower);
    env.add_test("upper", tests::is_upper);
    env.add_test("string", tests::is_string);
    env.add_test("number", tests::is_number);
    env.add_test("odd", tests::is_odd);
    env.add_test("even", tests::is_even);
    env.add_test("sequence", tests::is_sequence);
    env.add_test("true", tests::is_true);
    env.add_test("false", tests::is_false);
    env
});

/// The attributes one evaluation can see.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) names: Arc<[String]>,
    pub(crate) values: Vec<Vec<Value>>,
}

impl Object for Entry {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let (name, as_list) = match key.strip_prefix(LIST) {
            Some(name) => (name, true),
            None => (key.strip_prefix(SCALAR).unwrap_or(key), false),
        };
        let values = &self.values[self.names.iter().position(|known| known == name)?];
        Some(if as_list {
            Value::from_object(Texts(values.clone()))
        } else {
            // Empty text instead of undefined: MiniJinja slices undefined into a list, which would print as `[]`.
            values.first().cloned().unwrap_or_else(|| Value::from(""))
        })
    }
}

/// A list whose missing items are empty text, for the same reason.
#[derive(Debug)]
struct Texts(Vec<Value>);

impl Object for Texts {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = usize::try_from(key.clone()).ok()?;
        Some(self.0.get(index).cloned().unwrap_or_else(|| Value::from("")))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }
}

/// Methods of texts as in Python. `format` and `join` are not among them: they do not count the work they do.
fn method(state: &mut State, value: &Value, name: &str, args: &[Value]) -> Result<Value, Error> {
    if !METHODS.contains(&name) {
        return Err(Error::new(ErrorKind::UnknownMethod, format!("there is no method {name}")));
    }
    let text = match value.kind() {
        ValueKind::Undefined | ValueKind::None => Value::from(""),
        ValueKind::String => value.clone(),
        kind => return Err(Error::new(ErrorKind::UnknownMethod, format!("a {kind} has no method {name}"))),
    };
    let result = minijinja_contrib::pycompat::unknown_method_callback(state, &text, name, args)?;
    match name {
        "split" | "splitlines" => Ok(Value::from_object(Texts(items(&result)?))),
        _ => Ok(result),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_undefined() || value.is_none() || value.as_str() == Some("")
}

fn is_list(value: &Value) -> bool {
    matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable)
}

/// A list's items. Lists can be lazy and long, so this stops.
fn items(value: &Value) -> Result<Vec<Value>, Error> {
    let items: Vec<Value> = value.try_iter()?.take(MAX_RESULT_VALUES + 1).collect();
    if items.len() > MAX_RESULT_VALUES {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("a list has more than {MAX_RESULT_VALUES} values")));
    }
    Ok(items)
}

/// A single value as text; numbers are written out.
fn scalar(value: &Value) -> Result<Cow<'_, str>, Error> {
    match value.kind() {
        ValueKind::Undefined | ValueKind::None => Ok("".into()),
        ValueKind::String => Ok(value.as_str().unwrap_or_default().into()),
        // Python writes `True`; targets want `true`.
        ValueKind::Bool => Ok(if value.is_true() { "true" } else { "false" }.into()),
        ValueKind::Number => Ok(value.to_string().into()),
        kind => Err(Error::new(ErrorKind::InvalidOperation, format!("a {kind} stands where a text is needed"))),
    }
}

/// Applies `change` to a text, or to every text of a list.
fn each(value: &Value, change: impl Fn(&str) -> String) -> Result<Value, Error> {
    if !is_list(value) {
        return Ok(Value::from(change(&scalar(value)?)));
    }
    let changed: Result<Vec<Value>, Error> = items(value)?.iter().map(|item| Ok(Value::from(change(&scalar(item)?)))).collect();
    Ok(Value::from_object(Texts(changed?)))
}

fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect(),
        None => String::new(),
    }
}

fn replace(value: Value, from: Cow<'_, str>, to: Cow<'_, str>) -> Result<Value, Error> {
    // The one filter that can make much out of little: measured before it is done.
    let text_bytes = if is_list(&value) {
        let mut total = 0;
        for item in items(&value)? {
            total += scalar(&item)?.len();
        }
        total
    } else {
        scalar(&value)?.len()
    };
    let most_matches = text_bytes / from.len().max(1) + 1;
    if most_matches.saturating_mul(to.len()) > 16 * MAX_RESULT_BYTES {
        return Err(Error::new(ErrorKind::InvalidOperation, "the result of replace would be too long"));
    }
    each(&value, |text| text.replace(&*from, &to))
}

fn slice(value: Value, from: i64, to: Option<i64>) -> Result<Value, Error> {
    if !is_list(&value) {
        return Ok(Value::from(text::slice(&scalar(&value)?, from, to)));
    }
    let items = items(&value)?;
    let (skip, take) = text::span(items.len(), from, to);
    Ok(Value::from_object(Texts(items.into_iter().skip(skip).take(take).collect())))
}

fn split(value: &Value, separator: Option<&str>) -> Result<Value, Error> {
    let text = scalar(value)?;
    let parts: Vec<Value> = match separator {
        Some(separator) if !separator.is_empty() => text.split(separator).map(Value::from).collect(),
        _ => text.split_whitespace().map(Value::from).collect(),
    };
    Ok(Value::from_object(Texts(parts)))
}

fn end(value: &Value, front: bool) -> Result<Value, Error> {
    if is_list(value) {
        let mut items = items(value)?;
        let item = if front { items.into_iter().next() } else { items.pop() };
        return Ok(item.unwrap_or_else(|| Value::from("")));
    }
    let text = scalar(value)?;
    let c = if front { text.chars().next() } else { text.chars().next_back() };
    Ok(Value::from(c.map_or_else(String::new, String::from)))
}

fn length(value: Value) -> Result<usize, Error> {
    if is_list(&value) { Ok(items(&value)?.len()) } else { Ok(scalar(&value)?.chars().count()) }
}

/// From the engine's value to ours, with the cap.
pub(crate) fn result(value: &Value) -> Result<crate::Value, ExprError> {
    let mut texts = Vec::new();
    let mut bytes = 0;
    let mut keep = |value: &Value| {
        let text = scalar(value)
            .map_err(|_| ExprError::new(format!("The expression gives a {}, but a text or a list of texts is needed.", value.kind())))?;
        bytes += text.len();
        if bytes > MAX_RESULT_BYTES {
            return Err(ExprError::new(format!("The result is longer than {} kB.", MAX_RESULT_BYTES / 1024)));
        }
        if !text.is_empty() {
            texts.push(text.into_owned());
        }
        Ok(())
    };
    if is_list(value) {
        let items =
            items(value).map_err(|error| ExprError::new(format!("The result cannot be used: {}.", error.detail().unwrap_or_default())))?;
        items.iter().try_for_each(&mut keep)?;
        return Ok(if texts.is_empty() { crate::Value::Absent } else { crate::Value::Many(texts) });
    }
    keep(value)?;
    Ok(texts.pop().map_or(crate::Value::Absent, crate::Value::One))
}

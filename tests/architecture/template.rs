//! `template.yaml`, as far as routes and functions go.

use crate::sources::read;
use std::collections::BTreeSet;

/// A function of the template.
#[derive(Debug)]
pub(crate) struct Function {
    /// `UsersGet`.
    pub(crate) id: String,
    /// `users-get`, from `FunctionName`.
    pub(crate) name: String,
    /// `target/lambda/users-get/`.
    pub(crate) code: String,
    /// What the API sends it.
    pub(crate) events: Vec<Event>,
    /// How many seconds Lambda lets it work on an event.
    pub(crate) timeout: u64,
    /// All that is said of it.
    pub(crate) text: String,
}

/// What the API sends to a function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A route.
    Route { method: String, path: String },
    /// Whatever no route takes.
    Default,
}

/// The template's functions.
pub(crate) fn functions() -> Vec<Function> {
    parse(&read("template.yaml"))
}

/// Function, method and path of every route.
pub(crate) fn routes() -> BTreeSet<(String, String, String)> {
    let mut routes = BTreeSet::new();
    for function in functions() {
        for event in function.events {
            if let Event::Route { method, path } = event {
                assert!(routes.insert((function.name.clone(), method, path)), "{}: a route twice", function.name);
            }
        }
    }
    routes
}

/// The routes that the gateway throttles on their own: `GET /api/me`.
pub(crate) fn throttled() -> Vec<String> {
    let template = read("template.yaml");
    let settings = template.split("      RouteSettings:\n").nth(1).unwrap().lines();
    settings.map_while(|line| Some(line.strip_prefix("        \"")?.split_once('"')?.0.to_owned())).collect()
}

/// The timeout of functions that name none, and what they are told of it.
pub(crate) fn usual_timeout() -> (u64, u64) {
    let template = read("template.yaml");
    let globals = template.split("\nGlobals:\n").nth(1).unwrap().split("\nResources:\n").next().unwrap();
    (seconds(globals, "Timeout").unwrap(), seconds(globals, "FUNCTION_TIMEOUT").unwrap())
}

/// A number behind `key:`.
pub(crate) fn seconds(block: &str, key: &str) -> Option<u64> {
    value(block, key)?.split(' ').next()?.parse().ok()
}

/// Reads the resources line by line: they stand two spaces deep, and what we look for has one line
/// each.
pub(crate) fn parse(template: &str) -> Vec<Function> {
    let resources = template.split("\nResources:\n").nth(1).unwrap().split("\nOutputs:").next().unwrap();
    let mut blocks: Vec<(String, Vec<&str>)> = Vec::new();
    for line in resources.lines() {
        match line.strip_prefix("  ").filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase())) {
            Some(head) => blocks.push((head.trim_end().trim_end_matches(':').to_owned(), Vec::new())),
            None => blocks.last_mut().into_iter().for_each(|(_, lines)| lines.push(line)),
        }
    }
    let is_function = |lines: &[&str]| lines.iter().any(|line| line.trim() == "Type: AWS::Serverless::Function");
    blocks
        .into_iter()
        .filter(|(_, lines)| is_function(lines))
        .map(|(id, lines)| function(id, &lines.join("\n")))
        .collect()
}

fn function(id: String, block: &str) -> Function {
    let name = value(block, "FunctionName").unwrap_or_else(|| panic!("{id} has no FunctionName"));
    let name =
        name.strip_prefix("!Sub ${AWS::StackName}-").unwrap_or_else(|| panic!("{id} is named {name}")).to_owned();
    let code = value(block, "CodeUri").unwrap_or_else(|| panic!("{id} has no CodeUri"));
    let event = |line: &str| match (value(line, "Method"), value(line, "Path")) {
        (Some(method), Some(path)) => Event::Route { method, path },
        (None, None) => Event::Default,
        other => panic!("{id}: half a route: {other:?}"),
    };
    let events = block.split("Type: HttpApi").skip(1).map(|rest| event(rest.lines().next().unwrap_or_default()));
    let (events, timeout) = (events.collect(), seconds(block, "Timeout"));
    Function { events, timeout: timeout.unwrap_or_else(|| usual_timeout().0), id, name, code, text: block.to_owned() }
}

/// The value behind `key:`, up to the end of its line or, in a flow mapping, of its entry.
fn value(block: &str, key: &str) -> Option<String> {
    let start = [" ", "{", ","].iter().find_map(|before| block.find(&format!("{before}{key}: ")))? + key.len() + 3;
    let rest = block[start..].lines().next()?;
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None if key == "FunctionName" || key == "CodeUri" => rest.split(" #").next()?,
        None => rest.split([',', '}']).next()?,
    };
    Some(value.trim().to_owned())
}

#[test]
fn a_function_is_read_with_its_route() {
    let template = "
Resources:
  UsersGet:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-users-get
      CodeUri: target/lambda/users-get/
      Events:
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: GET, Path: \"/api/users/{id}\"}}
        Head: {Type: HttpApi, Properties: {ApiId: !Ref Api, Method: HEAD, Path: \"/api/users/{id}\"}}
  UsersGetLogs:
    Type: AWS::Logs::LogGroup
  Fallback:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-fallback
      CodeUri: target/lambda/fallback/
      Events:
        Http: {Type: HttpApi, Properties: {ApiId: !Ref Api}} # no path: $default

Outputs:
  ApiId: {Value: !Ref Api}
";
    let [get, fallback] = parse(template).try_into().unwrap();
    assert_eq!(
        (get.id.as_str(), get.name.as_str(), get.code.as_str()),
        ("UsersGet", "users-get", "target/lambda/users-get/")
    );
    let route = |method: &str| Event::Route { method: method.into(), path: "/api/users/{id}".into() };
    assert_eq!(get.events, [route("GET"), route("HEAD")]);
    assert_eq!(fallback.events, [Event::Default]);
}

#include "protocol/scenario/schema.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "protocol/scenario/choice.hpp"
#include "protocol/scenario/quantity_fields.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::protocol {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNamePattern = "^[a-z0-9-]+$";

Json described(Json schema, std::string_view doc) {
  schema["description"] = doc;
  return schema;
}

/// A number and one of the units, as the reader takes them.
Json with_unit(const Notation& notation) {
  std::string units;
  for (const std::string& unit : notation.units) units += (units.empty() ? "" : "|") + unit;
  Json text = {{"type", "string"},
               {"pattern", fmt::format("^-?(0|[1-9][0-9]*)(\\.[0-9]+)? *({})$", units)}};
  if (!notation.bare) return text;
  return {{"anyOf", {text, {{"type", "number"}, {"minimum", 0}, {"maximum", 1}}}}};
}

class SchemaWriter final : public QuantityFields<SchemaWriter> {
 public:
  SchemaWriter() { open(); }

  /// The schema of the map that was described.
  [[nodiscard]] Json take_map() { return close(); }
  [[nodiscard]] Json take_definitions() { return std::move(definitions_); }

  template <class Q>
  void quantity(Name name, Q& value, Range<Q> allowed, Doc doc, Presence presence) {
    Json schema;
    if constexpr (std::is_same_v<Q, std::int64_t> || std::is_same_v<Q, double>) {
      schema = {{"type", std::is_same_v<Q, double> ? "number" : "integer"},
                {"minimum", allowed.low},
                {"maximum", allowed.high}};
      if (presence == Presence::Optional) schema["default"] = value;
      add(name, described(std::move(schema), doc), presence);
    } else {
      schema = with_unit(notation<Q>());
      if (presence == Presence::Optional) schema["default"] = to_text(value);
      add(name,
          described(std::move(schema),
                    fmt::format("{} {} to {}.", doc, to_text(allowed.low), to_text(allowed.high))),
          presence);
    }
  }

  using QuantityFields::operator();
  void operator()(Name name, bool& value, Doc doc, Presence presence) override {
    Json schema = {{"type", "boolean"}};
    if (presence == Presence::Optional) schema["default"] = value;
    add(name, described(std::move(schema), doc), presence);
  }
  void operator()(Name name, std::string& /*value*/, Doc doc, Presence presence) override {
    Json schema = {{"type", "string"}};
    if (name == "name") schema["pattern"] = kNamePattern;
    add(name, described(std::move(schema), doc), presence);
  }
  void operator()(Name name, std::string& value, std::span<const std::string_view> words, Doc doc,
                  Presence presence) override {
    Json schema = {{"type", "string"},
                   {"enum", std::vector<std::string>(words.begin(), words.end())}};
    if (presence == Presence::Optional) schema["default"] = value;
    add(name, described(std::move(schema), doc), presence);
  }
  void operator()(Name name, FilePath& /*value*/, Doc doc, Presence presence) override {
    add(name, described({{"type", "string"}, {"minLength", 1}}, doc), presence);
  }
  void operator()(Name name, Mix& /*value*/, Doc doc, Presence presence) override {
    const Json one = {{"type", "string"}, {"minLength", 1}};
    const Json many = {{"type", "object"},
                       {"minProperties", 1},
                       {"additionalProperties", with_unit(notation<Share>())}};
    add(name, described({{"oneOf", {one, many}}}, doc), presence);
  }
  void operator()(Name name, ChoiceBase& value, Doc doc, Presence presence) override {
    const std::string family(value.family());
    if (!definitions_.contains(family)) define(family, value);
    add(name, described({{"$ref", "#/$defs/" + family}}, doc), presence);
  }

 protected:
  bool begin_when(bool /*applies*/) override {
    ++maps_.back().conditions;
    return true;
  }
  void end_when() override { --maps_.back().conditions; }
  void begin_map(Name name, Doc doc, Presence presence) override {
    open();
    maps_.back().name = name;
    maps_.back().doc = doc;
    maps_.back().presence = presence;
  }
  void end_map() override {
    const std::string name = maps_.back().name;
    const std::string doc = maps_.back().doc;
    const Presence presence = maps_.back().presence;
    add(name, described(close(), doc), presence);
  }
  void list(Name name, ListBase& value, Doc doc, Presence presence) override {
    const std::size_t entry = value.size();
    value.append();
    open();
    value.describe(entry, *this);
    const Json items = close();
    add(name, described({{"type", "array"}, {"items", items}}, doc), presence);
  }

 private:
  struct Map {
    Json properties = Json::object();
    Json required = Json::array();
    int conditions = 0;
    std::string name;
    std::string doc;
    Presence presence = Presence::Optional;
  };

  void open() { maps_.emplace_back(); }
  Json close() {
    const Map map = std::move(maps_.back());
    maps_.pop_back();
    Json schema = {
        {"type", "object"}, {"properties", map.properties}, {"additionalProperties", false}};
    if (!map.required.empty()) schema["required"] = map.required;
    return schema;
  }
  void add(Name name, Json schema, Presence presence) {
    Map& map = maps_.back();
    map.properties[std::string(name)] = std::move(schema);
    if (presence == Presence::Required && map.conditions == 0) map.required.push_back(name);
  }
  /// A bare kind, or a map of it and its parameters.
  void define(const std::string& family, ChoiceBase& value) {
    definitions_[family] = nullptr;  // it may name itself
    Json bare = Json::array();
    Json members = Json::array();
    for (const ChoiceBase::Kind& kind : value.kinds()) {
      value.choose(kind.kind);
      open();
      add("kind", described({{"const", kind.kind}}, kind.summary), Presence::Required);
      value.describe(*this);
      Json member = close();
      if (member["required"].size() == 1) bare.push_back(kind.kind);
      members.push_back(std::move(member));
    }
    Json all = Json::array();
    if (!bare.empty()) all.push_back({{"type", "string"}, {"enum", bare}});
    for (Json& member : members) all.push_back(std::move(member));
    definitions_[family] = {{"oneOf", all}};
  }

  std::vector<Map> maps_;
  Json definitions_ = Json::object();
};

}  // namespace

std::string json_schema(std::string_view title, const std::function<void(Fields&)>& describe) {
  SchemaWriter writer;
  describe(writer);
  const Json map = writer.take_map();
  const Json file = {{"type", "string"}, {"minLength", 1}};
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", title},
                 {"type", "object"}};
  schema["properties"] = map["properties"];
  schema["properties"]["include"] =
      described({{"oneOf", {file, {{"type", "array"}, {"items", file}}}}},
                "Scenario files that this one is laid over, key by key; the later one wins.");
  schema["additionalProperties"] = false;
  if (map.contains("required")) {
    schema["if"] = {{"required", {"include"}}};
    schema["then"] = Json::object();
    schema["else"] = {{"required", map["required"]}};
  }
  schema["$defs"] = writer.take_definitions();
  return schema.dump(2) + "\n";
}

}  // namespace assay::protocol

#include <nlohmann/json.hpp>
#include <string>

#include "protocol/scenario/outline.hpp"
#include "protocol/scenario/schema.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/shop.hpp"

namespace assay::protocol {
namespace {

using shop::Shop;

TEST_CASE("a key is explained by path, by its last word and within a named entry", "[protocol]") {
  const std::vector<KeyDoc> keys = outline(Shop{});
  const std::string count =
      "crates[].count\n"
      "  How many.\n"
      "  type     a whole number, such as 3\n"
      "  range    1 to 100\n"
      "  default  1\n";
  CHECK(explain(keys, "crates.count").value() == count);
  CHECK(explain(keys, "crates.my-crate.count").value() == count);
  CHECK(explain(keys, "crates[2].count").value() == count);
  CHECK(explain(keys, "crates[].count").value() == count);
  CHECK(explain(keys, "count").value() == count);
  CHECK(explain(keys, "fruit.seeds").value() ==
        "fruit.seeds  (kind: apple)\n"
        "  Seeds.\n"
        "  type     a whole number, such as 3\n"
        "  range    0 to 20\n"
        "  required\n");
  CHECK(explain(keys, "cooling").value() ==
        "crates[].cooling\n"
        "  Cost of cooling.\n"
        "  type     a price in USD/h, such as 0.40 USD/h\n"
        "  range    0 USD/h to 10 USD/h\n"
        "  default  0 USD/h where it applies\n");
}

TEST_CASE("families and kinds are explained by their bare names", "[protocol]") {
  const std::vector<KeyDoc> keys = outline(Shop{});
  CHECK(explain(keys, "fruit").value() ==
        "fruit\n"
        "  Fruit.\n"
        "  type     a kind of fruit, alone or as a map with its parameters\n"
        "  default  pear\n"
        "  kind     apple                  Round.\n"
        "  kind     pear                   Long.\n");
  const std::string apple =
      "fruit: {kind: apple}\n"
      "  Round.\n"
      "  key      sugar                  Share of sugar. (default 10 %)\n"
      "  key      seeds                  Seeds. (required)\n";
  CHECK(explain(keys, "apple").value() == apple);
  CHECK(explain(keys, "fruit.apple").value() == apple);
  CHECK(list_families(keys, "").value() ==
        "fruit          apple                  Round.\n"
        "fruit          pear                   Long.\n");
  CHECK(list_families(keys, "fruit").value() == list_families(keys, "").value());
}

TEST_CASE("an unknown key or family is refused with the nearest", "[protocol]") {
  const std::vector<KeyDoc> keys = outline(Shop{});
  CHECK(explain(keys, "crates.cuont").error() ==
        "crates.cuont: found no such key, family or kind (did you mean 'crates.count'?)");
  CHECK(explain(keys, "aple").error() ==
        "aple: found no such key, family or kind (did you mean 'apple'?)");
  CHECK(explain(keys, "").error() == ": found no such key, family or kind");
  CHECK(explain(keys, "...").error() == "...: found no such key, family or kind");
  CHECK(list_families(keys, "friut").error() ==
        "friut: found no such family, expected fruit (did you mean 'fruit'?)");
}

TEST_CASE("the schema states keys, types and kinds", "[protocol]") {
  Shop params;
  const auto schema = nlohmann::json::parse(
      json_schema("shop", [&params](Fields& field) { params.describe(field); }));
  CHECK(schema["additionalProperties"] == false);
  CHECK(schema["else"]["required"] == nlohmann::json::array({"name"}));
  CHECK(schema["properties"]["name"]["pattern"] == "^[a-z0-9-]+$");
  CHECK(schema["properties"]["open"]["pattern"] ==
        "^-?(0|[1-9][0-9]*)(\\.[0-9]+)? *(ns|us|ms|s|min|h|d)$");
  CHECK(schema["properties"]["open"]["default"] == "8 h");
  CHECK(schema["properties"]["factor"]["maximum"] == 2.0);
  CHECK(schema["properties"]["fruit"]["$ref"] == "#/$defs/fruit");
  const auto& kinds = schema["$defs"]["fruit"]["oneOf"];
  REQUIRE(kinds.size() == 3);
  // An apple needs its seeds, so that the bare word is not enough.
  CHECK(kinds[0]["enum"] == nlohmann::json::array({"pear"}));
  CHECK(kinds[1]["properties"]["kind"]["const"] == "apple");
  CHECK(kinds[1]["required"] == nlohmann::json::array({"kind", "seeds"}));
  CHECK(kinds[1]["additionalProperties"] == false);
  const auto& crate = schema["properties"]["crates"]["items"];
  CHECK(crate["required"] == nlohmann::json::array({"name"}));
  CHECK(crate["properties"]["count"]["type"] == "integer");
  CHECK(crate["properties"].contains("cooling"));
}

}  // namespace
}  // namespace assay::protocol

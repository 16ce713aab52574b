#include <nlohmann/json.hpp>
#include <stdexcept>

#include "analysis/compare.hpp"
#include "tests/analysis/study_fixtures.hpp"
#include "tests/contains.hpp"

namespace assay::analysis {
namespace {

using Json = nlohmann::json;

TEST_CASE("a comparison reads back as it was written", "[analysis]") {
  Comparison comparison = fixtures::comparison_of_rates();
  comparison.only_a = {"disputes"};
  comparison.digest_b = "0123";
  const std::string json = to_json(comparison);
  const Comparison back = comparison_from_json(json);
  CHECK(to_json(back) == json);
  CHECK(back.metrics.size() == comparison.metrics.size());
  for (std::size_t i = 0; i < back.metrics.size(); ++i) {
    CHECK(back.metrics[i].verdict == comparison.metrics[i].verdict);
    CHECK(back.metrics[i].better == comparison.metrics[i].better);
    CHECK(back.metrics[i].a == comparison.metrics[i].a);
    CHECK(back.metrics[i].difference.value == comparison.metrics[i].difference.value);
  }
  CHECK(headline(back) == headline(comparison));
}

TEST_CASE("verdicts are words, and what is unknown is null", "[analysis]") {
  const Json json = Json::parse(to_json(fixtures::comparison_of_rates()));
  const Json& metrics = json.at("metrics");
  CHECK(metrics[0].at("name") == "verification_overhead");
  CHECK(metrics[0].at("verdict") == "higher");
  CHECK(metrics[0].at("better") == "lower");
  CHECK(metrics[3].at("verdict") == "same");  // no exits on either side
  CHECK(metrics[3].at("variance_ratio").is_null());
}

TEST_CASE("what is no comparison is refused with what it lacks", "[analysis]") {
  Json json = Json::parse(to_json(fixtures::comparison_of_rates()));
  const auto refused = [](const Json& wrong, const char* said) {
    CHECK_THROWS_WITH(comparison_from_json(wrong.dump()),
                      contains("not a comparison") && contains(said));
  };
  Json lacking = json;
  lacking["metrics"][0].erase("level");
  refused(lacking, "level");
  Json mistyped = json;
  mistyped["name_a"] = 3;
  refused(mistyped, "string");
  for (const char* key : {"verdict", "better"}) {
    Json unknown = json;
    unknown["metrics"][0][key] = "hihger";
    refused(unknown, "found hihger, expected");
  }
  refused(Json::object(), "facts");
  CHECK_THROWS_AS(comparison_from_json("not json"), std::runtime_error);
}

}  // namespace
}  // namespace assay::analysis

#include "analysis/campaign/axis.hpp"

#include <memory>

#include "protocol/scenario/error.hpp"
#include "protocol/scenario/yaml_source.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

using Texts = std::vector<std::string>;

Texts texts(const Axis& axis) {
  Texts all;
  for (const AxisValue& value : axis.values) all.push_back(value.text);
  return all;
}

/// The axis that a text states; complaints are thrown.
Axis axis_of(const std::string& text, bool whole = false) {
  protocol::Complaints complaints;
  const auto spec = parse_axis("--vary", text, complaints);
  std::optional<Axis> axis;
  if (spec) axis = grid(*spec, whole, complaints);
  complaints.throw_if_any();
  REQUIRE(axis);
  return *axis;
}

/// The values of an axis, or the complaint about it.
Texts values(const std::string& text, bool whole = false) {
  try {
    return texts(axis_of(text, whole));
  } catch (const protocol::ConfigError& error) {
    return {error.what()};
  }
}

TEST_CASE("spans keep their unit and their ends", "[analysis]") {
  CHECK(values("k=0..1:lin:5") == Texts{"0", "0.25", "0.5", "0.75", "1"});
  CHECK(values("k=1 %..50 %:lin:3") == Texts{"1 %", "25.5 %", "50 %"});
  CHECK(values("k=1..50 %:lin:2") == Texts{"1 %", "50 %"});
  CHECK(values("k=0.10 USD/h..0.40 USD/h:lin:4") ==
        Texts{"0.10 USD/h", "0.2 USD/h", "0.3 USD/h", "0.40 USD/h"});
  CHECK(values("k=-1..1:lin:3") == Texts{"-1", "0", "1"});
  // 0.01 x 50^(1/2) = 0.0707.
  CHECK(values("k=0.01..0.5:log:3") == Texts{"0.01", "0.07071", "0.5"});
  CHECK(values("k=10 tok..1000 tok:log:3") == Texts{"10 tok", "100 tok", "1000 tok"});
  CHECK(values("k=1..100:log:5", true) == Texts{"1", "3", "10", "32", "100"});
}

TEST_CASE("lists are split where YAML is not", "[analysis]") {
  CHECK(values("k=5 %, 10%") == Texts{"5 %", "10%"});
  CHECK(values("k={kind: partial, share: 30 %},lazy") ==
        Texts{"{kind: partial, share: 30 %}", "lazy"});
  CHECK(values("k=\"a, b\",c") == Texts{"\"a, b\"", "c"});
  CHECK(values("k=../a.json") == Texts{"../a.json"});
}

TEST_CASE("an axis that makes no sense is refused where it stands", "[analysis]") {
  const auto refused = [](const std::string& text, const std::string& said) {
    const Texts all = values(text);
    REQUIRE(all.size() == 1);
    CHECK(all.front() == "--vary " + text + said);
  };
  refused("k=2 d,3 h", ":7: k: found 3 h, expected the unit of the first value, 2 d");
  refused("k=1,2,1", ":7: k: found 1 twice, expected every value once");
  // One value in two notations is one market.
  refused("k=5 %,0.05", ":7: k: found 0.05 twice, expected every value once");
  refused("k=2 h,2.0 h", ":7: k: found 2.0 h twice, expected every value once");
  // Nobody wrote it twice where a span has more values than there are whole numbers.
  CHECK(values("k=1..3:lin:5", true) ==
        Texts{"--vary k=1..3:lin:5:3: k: found 5 values from 1 to 3, expected fewer: two of them "
              "are rounded to 2"});
  refused("k=2..1:lin:3", ":3: k: found 2..1, expected the lower end first");
  refused("k=0..1:log:3",
          ":3: k: found 0 as the lower end, expected more than 0 where steps are "
          "factors");
  refused("k=1 h..2 d:lin:3", ":3: k: found h and d, expected both ends in one unit");
  refused("k=0..1:lin:1", ":3: k: found 1 values, expected 2 to 10000");
  refused("seed=1,2",
          ":1: seed: found an axis that leaves the market as it is: every replication "
          "draws anew, --replications says how many");
  refused("a..b=1", ":1: found no key, expected path.to.key and its values");
  const std::string expected =
      "values a,b,c or a span lo..hi:lin:n or lo..hi:log:n, such as 1 %..50 %:log:8";
  refused("k", ":2: found no '=', expected key=" + expected);
  refused("k=1,,2", ":5: k: found nothing, expected " + expected);
  refused("k=0..1", ":3: k: found no number of values, expected " + expected);
  refused("k=0..1:sin:3", ":3: k: found 0..1:sin:3, expected " + expected);
}

TEST_CASE("an axis knows its unit, its scale and its values as numbers", "[analysis]") {
  const Axis days = axis_of("slashing.unbonding=1 d..9 d:lin:3");
  CHECK(days.unit == "d");
  CHECK(days.scale == AxisScale::Linear);
  CHECK(*days.values[1].value == 5.0);
  const Axis rates = axis_of("verification.rate=1 %..100 %:log:3");
  CHECK(rates.unit == "share");
  CHECK(rates.scale == AxisScale::Log);
  CHECK(*rates.values[1].value == Approx(0.1));
  const Axis words = axis_of("verification=none,spot-check");
  CHECK(words.unit.empty());
  CHECK(words.scale == AxisScale::Words);
  CHECK_FALSE(words.values[0].value);
  // One word among numbers makes them all words; a number in quotes is one.
  CHECK(axis_of("k=1,2,lots").scale == AxisScale::Words);
  CHECK(axis_of("k=1,\"2\"").scale == AxisScale::Words);
}

TEST_CASE("a quantity is a number and what stands behind it", "[analysis]") {
  CHECK(as_quantity("0.40 USD/h")->number == Approx(0.4));
  CHECK(as_quantity("0.40 USD/h")->text == "0.40");
  CHECK(as_quantity("0.40 USD/h")->unit == "USD/h");
  CHECK(as_quantity("5%")->unit == "%");
  CHECK(as_quantity("-3")->number == -3.0);
  for (const char* word : {"", "spot-check", "%", "inf", "nan"}) {
    INFO(word);
    CHECK_FALSE(as_quantity(word));
  }
}

TEST_CASE("an axis is sampled between its ends, or from its list", "[analysis]") {
  protocol::Complaints complaints;
  const auto at = [&](const char* text, bool whole, const std::vector<double>& places) {
    return texts(*sampled(*parse_axis("--vary", text, complaints), whole, places, complaints));
  };
  CHECK(at("k=0 d..10 d", false, {0.0, 0.25, 0.999}) == Texts{"0 d", "2.5 d", "9.99 d"});
  CHECK(at("k=1..100:log", false, {0.0, 0.5}) == Texts{"1", "10"});
  // Three whole numbers, a third of the way each.
  CHECK(at("k=1..3", true, {0.0, 0.33, 0.34, 0.99}) == Texts{"1", "1", "2", "3"});
  CHECK(at("k=a,b", false, {0.49, 0.5}) == Texts{"a", "b"});
  complaints.throw_if_any();
}

TEST_CASE("a value is written as --set reads it back", "[analysis]") {
  protocol::Complaints complaints;
  const auto written = [&](const std::string& yaml) {
    return node_text(*protocol::parse_yaml(yaml, std::make_shared<const std::string>("--vary"),
                                           protocol::Offset{true, 0}, complaints));
  };
  CHECK(written("5 %") == "5 %");
  CHECK(written("{kind: partial, share: 30 %}") == "{kind: partial, share: 30 %}");
  CHECK(written("[a, {b: [c]}]") == "[a, {b: [c]}]");
  CHECK(written("\"a: b\"") == "\"a: b\"");
  complaints.throw_if_any();
}

}  // namespace
}  // namespace assay::analysis

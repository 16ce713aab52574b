#include "sim/trace.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/check.hpp"
#include "tests/catch.hpp"

namespace assay::sim {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a trace is JSON that the viewers read", "[sim]") {
  std::ostringstream out;
  Trace trace(out);
  trace.name_process(1, "providers");
  trace.name_track({1, 42}, "provider 42");
  trace.complete({1, 42}, "lease", SimTime{1'500ns}, SimTime{1s},
                 {{"job", std::int64_t{7}}, {"price", 0.25}, {"region", "eu \"west\"\n\\"}});
  trace.instant({1, 42}, "audit", SimTime{2s});
  trace.counter(2, "busy", SimTime{3s}, 17);
  trace.finish();
  trace.finish();
  REQUIRE_THROWS_AS(trace.instant({1, 1}, "late", SimTime{}), InvariantViolation);

  const auto events = nlohmann::json::parse(out.str()).at("traceEvents");
  REQUIRE(events.size() == 5);
  REQUIRE(events[0].at("ph") == "M");
  REQUIRE(events[0].at("args").at("name") == "providers");
  REQUIRE(events[1].at("tid") == 42);
  REQUIRE(events[2].at("ph") == "X");
  REQUIRE(events[2].at("ts") == 1.5);  // microseconds
  REQUIRE(events[2].at("dur") == 999'998.5);
  REQUIRE(events[2].at("args").at("job") == 7);
  REQUIRE(events[2].at("args").at("price") == 0.25);
  REQUIRE(events[2].at("args").at("region") == "eu \"west\"\n\\");
  REQUIRE(events[3].at("ph") == "i");
  REQUIRE(events[3].at("s") == "t");
  REQUIRE(events[4].at("args").at("value") == 17);
}

TEST_CASE("a trace is whole even if nothing happened or the run broke off", "[sim]") {
  std::ostringstream empty;
  { const Trace trace(empty); }
  REQUIRE(nlohmann::json::parse(empty.str()).at("traceEvents").empty());
  std::ostringstream broken;
  try {
    Trace trace(broken);
    trace.instant({1, 1}, "last words", SimTime{1s});
    throw InvariantViolation("broke off");
  } catch (const InvariantViolation&) {
  }
  REQUIRE(nlohmann::json::parse(broken.str()).at("traceEvents").size() == 1);
}

TEST_CASE("names that are not UTF-8 and numbers that JSON lacks stay readable", "[sim]") {
  std::ostringstream out;
  {
    Trace trace(out);
    trace.instant({1, 1}, "na\xc3\xafve \xff\xc0\xaf \xed\xa0\x80 \xf0\x9f\x98\x80 \xe2\x82",
                  SimTime{},
                  {{"nan", std::numeric_limits<double>::quiet_NaN()},
                   {"long", std::numeric_limits<std::int64_t>::min()}});
  }
  const auto event = nlohmann::json::parse(out.str()).at("traceEvents").at(0);
  const std::string bad = "\xef\xbf\xbd";  // U+FFFD for each broken byte
  REQUIRE(event.at("name") == "na\xc3\xafve " + bad + bad + bad + " " + bad + bad + bad +
                                  " \xf0\x9f\x98\x80 " + bad + bad);
  REQUIRE(event.at("args").at("nan") == "nan");
  REQUIRE(event.at("args").at("long") == std::numeric_limits<std::int64_t>::min());
}

TEST_CASE("an event cannot end before it began", "[sim]") {
  std::ostringstream out;
  Trace trace(out);
  REQUIRE_THROWS_AS(trace.complete({1, 1}, "x", SimTime{2s}, SimTime{1s}), InvariantViolation);
}

}  // namespace
}  // namespace assay::sim

#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/scenario/choice.hpp"

namespace assay::protocol::shop {

/// A family of the test's own, so that these tests do not change with the market.
class Fruit {
 public:
  static constexpr auto kFamily = "fruit";
  virtual ~Fruit() = default;
};

class Apple final : public Fruit {
 public:
  static constexpr auto kKind = "apple";
  static constexpr auto kSummary = "Round.";
  struct Params {
    Share sugar = percent(10);
    int seeds = 5;
    void describe(Fields& field) {
      field("sugar", sugar, range(percent(0), percent(100)), "Share of sugar.");
      field("seeds", seeds, range(0, 20), "Seeds.", kRequired);
    }
  };
  explicit Apple(const Params&) {}
};

class Pear final : public Fruit {
 public:
  static constexpr auto kKind = "pear";
  static constexpr auto kSummary = "Long.";
  struct Params {
    void describe(Fields&) {}
  };
  explicit Pear(const Params&) {}
};

}  // namespace assay::protocol::shop

namespace assay::protocol {

template <>
inline const std::vector<Entry<shop::Fruit>>& members<shop::Fruit>() {
  static const std::vector<Entry<shop::Fruit>> all{entry<shop::Fruit, shop::Apple>(),
                                                   entry<shop::Fruit, shop::Pear>()};
  return all;
}

}  // namespace assay::protocol

namespace assay::protocol::shop {

enum class Size : std::uint8_t { Small, Large };
inline constexpr std::array<std::string_view, 2> kSizes = {"small", "large"};

struct Crate {
  std::string name;
  int count = 1;
  Size size = Size::Small;
  UsdPerHour cooling;
  void describe(Fields& field) {
    field("name", name, "Name.", kRequired);
    field("count", count, range(1, 100), "How many.");
    field("size", size, kSizes, "How large.");
    field.when(size == Size::Large, [&] {
      field("cooling", cooling, range(UsdPerHour{}, UsdPerHour{Usd::whole(10)}),
            "Cost of cooling.");
    });
  }
};

struct Box {
  Tokens low, high;
  void describe(Fields& field) {
    field("low", low, range(Tokens{}, Tokens::whole(10)), "Low.");
    field("high", high, range(Tokens{}, Tokens::whole(10)), "High.");
  }
};

struct Shop {
  std::string name;
  std::string motto;
  sim::SimDuration open = std::chrono::hours(8);
  bool organic = false;
  double factor = 1.0;
  Bytes log;
  Mix mix;
  Box box;
  Choice<Fruit> fruit{"pear"};
  std::vector<Crate> crates;
  FilePath ledger;
  void describe(Fields& field) {
    field("name", name, "Name.", kRequired);
    field("motto", motto, "Motto.");
    field("open", open, range<sim::SimDuration>(std::chrono::hours(1), std::chrono::hours(24)),
          "Opening time.");
    field("organic", organic, "Organic.");
    field("factor", factor, range(0.0, 2.0), "Factor.");
    field("log", log, range(Bytes{}, Bytes{1'000'000}), "Log.");
    field("mix", mix, "Mix.");
    field("box", box, "Box.");
    field("fruit", fruit, "Fruit.");
    field("crates", crates, "Crates.");
    field("ledger", ledger, "Ledger.");
  }
};

}  // namespace assay::protocol::shop

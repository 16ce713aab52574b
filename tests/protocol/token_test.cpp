#include "protocol/settlement/token.hpp"

#include <cmath>

#include "protocol/scenario/load.hpp"
#include "protocol/settlement/geometric_brownian.hpp"
#include "protocol/settlement/replay.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::protocol {
namespace {

using namespace fixture;

TEST_CASE("a token costs at the start what its scenario says", "[protocol]") {
  FixedToken::Params params;
  params.supply = Tokens::whole(21);
  params.price = TokenPrice{Usd::micro(250'000)};
  const FixedToken token(params);
  CHECK(token.supply() == Tokens::whole(21));
  CHECK(tokens_up(Usd::whole(1), token.start_price()) == Tokens::whole(4));
  CHECK(usd_down(Tokens::whole(4), token.start_price()) == Usd::whole(1));
  CHECK(token.step() == sim::SimDuration{});
}

TEST_CASE("a price near a number is that number, between the least and the most", "[protocol]") {
  CHECK(usd_down(Tokens::whole(1'000'000), price_near(0.123456, 1e6)) == Usd::whole(123'456));
  CHECK(usd_per_token(price_near(0.0, 1e6)) == 1e-6);
  CHECK(usd_per_token(price_near(1e-6, 1e6)) == 1e-6);
  CHECK(usd_per_token(price_near(2e-6, 1e6)) == Approx(2e-6));
  CHECK(usd_per_token(price_near(1e6, 1e6)) == 1e6);
  CHECK(usd_per_token(price_near(1e9, 1e6)) == 1e6);
  CHECK(usd_per_token(price_near(1e9, 40.0)) == 40.0);
  // 1e12 tokens may be worth 4e12 dollars.
  FixedToken::Params params;
  params.supply = Tokens::whole(1'000'000'000'000);
  CHECK(FixedToken(params).most_usd_per_token() == 4.0);
  params.supply = Tokens::whole(1);
  CHECK(FixedToken(params).most_usd_per_token() == 1e6);
}

GeometricBrownian walk(double drift, std::int64_t volatility_percent) {
  GeometricBrownian::Params params;
  params.terms.price = TokenPrice{Usd::whole(2)};
  params.drift = drift;
  params.volatility = percent(volatility_percent);
  return GeometricBrownian(params);
}

double after_a_year(const GeometricBrownian& token, std::uint64_t seed) {
  Price price = token.start_price();
  for (std::uint64_t day = 1; day <= 365; ++day) price = token.next(Chance{seed}, day, price);
  return usd_per_token(price);
}

TEST_CASE("a walk without volatility grows by its drift", "[protocol]") {
  CHECK(after_a_year(walk(0.0, 0), 1) == Approx(2.0).epsilon(1e-9));
  CHECK(after_a_year(walk(0.5, 0), 1) == Approx(2.0 * std::exp(0.5)).epsilon(1e-9));
  CHECK(after_a_year(walk(-3.0, 0), 1) == Approx(2.0 * std::exp(-3.0)).epsilon(1e-9));
}

TEST_CASE("a walk's logarithm has the stated mean and spread", "[protocol]") {
  // 1,000 years: the mean of the logarithm is drift - 1/2 = -0.2, its standard error 1/sqrt(1000),
  // that of the standard deviation 1/sqrt(2000).
  const GeometricBrownian token = walk(0.3, 100);
  double sum = 0.0;
  double squares = 0.0;
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    const double moved = std::log(after_a_year(token, seed) / 2.0);
    sum += moved;
    squares += moved * moved;
  }
  const double mean = sum / 1'000.0;
  const double deviation = std::sqrt(squares / 1'000.0 - mean * mean);
  CHECK(std::abs(mean + 0.2) < 4.0 / std::sqrt(1'000.0));
  CHECK(std::abs(deviation - 1.0) < 4.0 / std::sqrt(2'000.0));
}

TEST_CASE("a move of the price is addressed, not consumed", "[protocol]") {
  const GeometricBrownian token = walk(0.0, 100);
  const Price start = token.start_price();
  CHECK(token.next(Chance{1}, 5, start) == token.next(Chance{1}, 5, start));
  CHECK_FALSE(token.next(Chance{1}, 5, start) == token.next(Chance{1}, 6, start));
  CHECK_FALSE(token.next(Chance{1}, 5, start) == token.next(Chance{2}, 5, start));
}

constexpr std::string_view kSeries =
    "date,close_usd,other\n2022-02-27,8,1\n2022-02-28,4,1\n2022-03-01,5,1\n2022-03-02,0.5,1\n";

Replay replay(const ScratchFolder& folder, std::string_view text, std::string from = "",
              double stretch = 1.0) {
  Replay::Params params;
  params.terms.price = TokenPrice{Usd::whole(2)};
  params.file.resolved = folder.write("series.csv", text).string();
  params.from = std::move(from);
  params.stretch = stretch;
  return Replay(params);
}

TEST_CASE("a replayed price moves by the ratios of its series", "[protocol]") {
  const ScratchFolder folder;
  const Replay all = replay(folder, kSeries);
  CHECK(all.step() == 24h);
  CHECK(all.moves() == 3u);
  CHECK(all.start_price() == Price{2'000'000, 1'000'000});
  CHECK(usd_per_token(all.next(Chance{}, 1, Price{})) == 1.0);
  CHECK(usd_per_token(all.next(Chance{}, 2, Price{})) == 1.25);
  CHECK(usd_per_token(all.next(Chance{}, 3, Price{})) == 0.125);

  const Replay later = replay(folder, kSeries, "2022-02-28", 0.5);
  CHECK(later.step() == 12h);
  CHECK(later.moves() == 2u);
  CHECK(usd_per_token(later.next(Chance{}, 1, Price{})) == 2.5);
  CHECK(usd_per_token(later.next(Chance{}, 2, Price{})) == 0.25);
}

TEST_CASE("a broken series is refused by file and line", "[protocol]") {
  const ScratchFolder folder;
  const auto said = [&](std::string_view text, std::string from = "") {
    try {
      (void)replay(folder, text, std::move(from));
    } catch (const ConfigError& error) {
      std::string what = to_text(error.complaints().front());
      const std::string prefix = folder.path().string() + "/";
      return what.starts_with(prefix) ? what.substr(prefix.size()) : what;
    }
    return std::string("nothing");
  };
  CHECK(said("date,price\n2022-02-28,4\n") ==
        "series.csv:1: found no column 'close_usd', expected date or price");
  CHECK(said("date,close_usd\n2022-02-28,4\n2022-03-02,4\n") ==
        "series.csv:3: column 'date': found '2022-03-02', expected 2022-03-01, the day after the "
        "row before");
  CHECK(said("date,close_usd\n2022-02-29,4\n") ==
        "series.csv:2: column 'date': found '2022-02-29', expected a day such as 2022-05-17");
  CHECK(said("date,close_usd\n2022-02-28,0\n") ==
        "series.csv:2: column 'close_usd': found '0', expected a number from 1e-12 to 1e+12");
  CHECK(said("date,close_usd\n") == "series.csv: found no row, expected a price for each day");
  CHECK(said(kSeries, "2022-3-1") ==
        "token.from: found '2022-3-1', expected a day such as 2022-05-17");
  CHECK(said(kSeries, "2022-02-26") ==
        "token.from: found 2022-02-26, expected a day of the file, 2022-02-27 to 2022-03-02");
  CHECK(said(kSeries, "2022-03-03") ==
        "token.from: found 2022-03-03, expected a day of the file, 2022-02-27 to 2022-03-02");
  CHECK(said(kSeries, "2022-03-02") == "nothing");
}

TEST_CASE("a recorded price must last for the run", "[protocol]") {
  const ScratchFolder folder;
  const std::string series = folder.write("series.csv", kSeries).string();
  const auto file = folder.write("market.yaml", kSmallMarket);  // two days: the first and one move
  const auto load = [&](const std::string& from) {
    return load_scenario(file, {{"token.kind=replay", "token.file=" + series, from}});
  };
  CHECK(load("token.from=2022-03-01").rules->token->moves() == 1u);
  CHECK_THROWS_WITH(load("token.from=2022-03-02"),
                    Catch::Matchers::Matches("(.|\\n)*token.from: found 1 prices from there on, "
                                             "expected at least 2 for the horizon of 2 d(.|\\n)*"));
}

/// These prices, in cents, one an hour from the start on.
class HourlyPrices final : public Token {
 public:
  explicit HourlyPrices(std::vector<std::int64_t> cents)
      : Token({Tokens::whole(1'000'000), TokenPrice{Usd::micro(10'000 * cents.front())}}),
        cents_(std::move(cents)) {}
  [[nodiscard]] sim::SimDuration step() const override { return 1h; }
  [[nodiscard]] Price next(Chance, std::uint64_t move, Price) const override {
    return {cents_[std::min(move, cents_.size() - 1)], 100};
  }

 private:
  std::vector<std::int64_t> cents_;
};

/// One job of two hours that nobody takes before the second hour: the first provider's machine is
/// switched on then.
Rules late_start(std::vector<std::int64_t> cents) {
  Rules rules = fixture::rules({job(0h, 2h)}, {provider("alice"), requester("rita")});
  rules.groups[0].availability =
      std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{0ns, 90min, 1000h});
  rules.token = std::make_shared<HourlyPrices>(std::move(cents));
  rules.horizon = 10h;
  return rules;
}

TEST_CASE("a bid is in dollars and becomes tokens when its lease begins", "[protocol]") {
  // Two hours at 40 cents. The limit, two dollars, was locked at 10 cents a token; the lease begins
  // at 20 cents: 4 tokens, which are worth 2 dollars when it is paid.
  const Played market = play(late_start({10, 20, 20, 50}));
  CHECK(market.text == lines(R"(
0h arrive
  20 tok exchange > rita, purchase
  2 usd rita > exchange, purchase
  20 tok rita > escrow, lock
1h price
1h 30m wake
2h price
3h price
3h 30m lease-end finished
  0.25 usd alice > energy, energy
  0.125 usd alice > capital, wear
  4 tok escrow > alice, payment
  16 tok escrow > rita, refund
4h price
5h price
6h price
7h price
8h price
9h price
)"));
  CHECK(market.world().metrics.market.awarded_uusd == 800'000);
  CHECK(market.world().metrics.market.paid_uusd == 2'000'000);
  // Alice: 104 tokens of 50 cents, less 37.5; Rita: 16 of them for the two dollars she spent.
  CHECK(market.model->wealth() == std::vector<Usd>{Usd::micro(51'625'000), Usd::micro(6'000'000)});
  // Alice began with 100 tokens of 10 cents.
  CHECK(market.world().principals[0].wealth_at_start == Usd::whole(10));
}

TEST_CASE("where the price has fallen the requester adds what the lease needs", "[protocol]") {
  // At 2 cents a token the 80 cents are 40 tokens, of which 20 are locked.
  const Played market = play(late_start({10, 2}));
  CHECK(market.text.starts_with(lines(R"(
0h arrive
  20 tok exchange > rita, purchase
  2 usd rita > exchange, purchase
  20 tok rita > escrow, lock
1h price
1h 30m wake
  20 tok exchange > rita, purchase
  0.4 usd rita > exchange, purchase
  20 tok rita > escrow, lock
2h price
3h price
3h 30m lease-end finished
  0.25 usd alice > energy, energy
  0.125 usd alice > capital, wear
  40 tok escrow > alice, payment
)")));
  CHECK(market.refused(Refusal::EscrowShort) == 0);
}

TEST_CASE("a lease does not begin where its price cannot be locked", "[protocol]") {
  Rules rules = late_start({10, 2});
  // 120 tokens in all: Alice holds 100, and 20 were locked at the posting.
  class Few final : public Token {
   public:
    Few() : Token({Tokens::whole(120), TokenPrice{Usd::micro(100'000)}}) {}
    [[nodiscard]] sim::SimDuration step() const override { return 1h; }
    [[nodiscard]] Price next(Chance, std::uint64_t, Price) const override { return {2, 100}; }
  };
  rules.token = std::make_shared<Few>();
  const Played market = play(std::move(rules));
  CHECK(market.refused(Refusal::EscrowShort) > 0);
  CHECK(market.world().metrics.market.awarded_uusd == 0);
  CHECK(market.model->balanced());
}

TEST_CASE("the escrow of one chain is not promised to another", "[protocol]") {
  // Two chains of an hour at 40 cents, one after the other on Alice's only machine. The escrow, 20
  // tokens, was locked at 10 cents; the second lease begins at one cent and needs 40 tokens, of
  // which 16 are left.
  Rules rules = fixture::rules({job(0h, 1h, 2)}, {provider("alice"), requester("rita")});
  rules.token = std::make_shared<HourlyPrices>(std::vector<std::int64_t>{10, 1});
  rules.horizon = 10h;
  const Played market = play(std::move(rules));
  CHECK(market.text.find("  24 tok exchange > rita, purchase\n") != std::string::npos);
  CHECK(market.text.find("  40 tok escrow > alice, payment\n") != std::string::npos);
  CHECK(market.world().jobs.size() == 0);
}

TEST_CASE("the price stands still from the horizon on", "[protocol]") {
  Rules rules = late_start({10, 20, 30});
  rules.horizon = 2h;
  Model model(share(std::move(rules)), 1);
  model.finish();
  CHECK(usd_per_token(model.world().token_price) == 0.2);
  model.drain();
  CHECK(usd_per_token(model.world().token_price) == 0.2);
  CHECK(model.world().jobs.size() == 0);
  CHECK(model.world().metrics.cells.back().token_price_nusd == 200'000'000);
}

}  // namespace
}  // namespace assay::protocol

// Bribing the verifiers. The market has no bribes, so the game is played here, task by task: with
// chance phi a task is a planted fault, which every verifier that checks finds and is paid J for;
// of the others the solver cheats a share x. A check costs k, a catch pays lambda S and costs the
// solver the stakes, a cheat that passes costs each verifier h. What a verifier does is its best
// answer to the payoffs it had on a first sample; what the solver makes is taken from a second.
#include <algorithm>
#include <cmath>

#include "analysis/closed_forms.hpp"
#include "analysis/validation/batches.hpp"

namespace assay::analysis {
namespace {

struct Game {
  double saved = 0.0;   ///< s
  double reward = 0.0;  ///< lambda S
  double harm = 0.0;    ///< h
  double planted = 0.0;
  double jackpot = 0.0;
  double check = 0.0;      ///< k
  double verifiers = 1.0;  ///< m
};

Game game_of(const Values& v) {
  const auto value = [&v](const char* name) {
    const auto found = v.find(name);
    return found == v.end() ? 0.0 : found->second;
  };
  return {value("s"), value("lambda") * value("S"), value("h"), value("phi"), value("J"),
          value("k"), std::max(1.0, value("m"))};
}

/// Tasks as nature deals them: planted or not, and the mark below which the solver cheats.
class Tasks {
 public:
  Tasks(std::int64_t count, double planted, std::uint64_t key) {
    sim::Draws draws(key, 0, 0);
    for (std::int64_t t = 0; t < count; ++t) {
      const bool is_planted = draws.uniform() < planted;
      const double mark = draws.uniform();
      if (is_planted) {
        ++planted_;
      } else {
        marks_.push_back(mark);
      }
    }
    std::sort(marks_.begin(), marks_.end());
  }
  [[nodiscard]] double all() const { return planted_ + static_cast<double>(marks_.size()); }
  [[nodiscard]] double planted() const { return planted_; }
  [[nodiscard]] double cheated(double x) const {
    return static_cast<double>(std::lower_bound(marks_.begin(), marks_.end(), x) - marks_.begin());
  }

 private:
  double planted_ = 0.0;
  std::vector<double> marks_;
};

/// The bribe, paid for each cheat that passes, at which checking every task and checking none leave
/// a verifier the same.
double indifferent_bribe(const Game& game, const Tasks& tasks, double x) {
  const double cheated = tasks.cheated(x);
  const double checking =
      cheated * game.reward + tasks.planted() * game.jackpot - tasks.all() * game.check;
  const double silent = -cheated * game.harm;
  return (checking - silent) / cheated;
}

/// What the solver makes of a task that is not planted, cheating a share x and paying `bribe`.
double profit(const Game& game, const Tasks& tasks, double x, double bribe) {
  const double mine = tasks.all() - tasks.planted();
  return tasks.cheated(x) * (game.saved - game.verifiers * std::max(0.0, bribe)) / mine;
}

/// The cheat rate that makes most of the sample; the profit rises in a straight line up to the rate
/// at which verifiers begin to check and goes on in another.
double best_rate(const Game& game, const Tasks& tasks) {
  double low = 0.0;
  double high = 1.0;
  const auto made = [&](double x) {
    return tasks.cheated(x) == 0.0 ? 0.0
                                   : profit(game, tasks, x, indifferent_bribe(game, tasks, x));
  };
  while (high - low > 1e-9) {
    const double a = low + (high - low) / 3.0;
    const double b = high - (high - low) / 3.0;
    (made(a) < made(b) ? low : high) = made(a) < made(b) ? a : b;
  }
  return made(1.0) >= made(low) ? 1.0 : low;
}

// Many tasks to a game: a ratio of two samples is off by one part in their size.
constexpr std::int64_t kTasks = 40'000;
constexpr std::int64_t kGames = 10;

Measured measure_floor(const Values& v, std::uint64_t seed, int scale) {
  const Game game = game_of(v);
  return mean_of(kGames * scale, seed, [&](std::uint64_t key) {
    return indifferent_bribe(game, Tasks(kTasks, game.planted, key), v.at("x"));
  });
}

Measured measure_profit(const Values& v, std::uint64_t seed, int scale) {
  const Game game = game_of(v);
  return mean_of(kGames * scale, seed, [&](std::uint64_t key) {
    const Tasks first(kTasks, game.planted, sim::mix(key, 1));
    const double x = best_rate(game, first);
    const double bribe = indifferent_bribe(game, first, x);
    return std::max(0.0, profit(game, Tasks(kTasks, game.planted, sim::mix(key, 2)), x, bribe));
  });
}

/// What cheating always gains over cheating half as often, or not at all where planted faults pay
/// for the checks: it is a straight line in the stake, whose zero is found from two of its points.
double gain_of_more(Values v, double S, std::uint64_t key) {
  v["S"] = S;
  const Game game = game_of(v);
  const Tasks tasks(kTasks, game.planted, key);
  const auto made = [&](double x) {
    return profit(game, tasks, x, indifferent_bribe(game, tasks, x));
  };
  return made(1.0) - (game.planted * game.jackpot > game.check ? 0.0 : made(0.5));
}

Measured measure_stake(const Values& v, std::uint64_t seed, int scale) {
  const double S = collusion_proof_stake(v.at("s"), v.at("lambda"), v.at("h"), v.at("phi"),
                                         v.at("J"), v.at("k"), v.at("m"));
  return mean_of(kGames * scale, seed, [&](std::uint64_t key) {
    const double below = gain_of_more(v, 0.8 * S, key);
    const double above = gain_of_more(v, 1.25 * S, sim::mix(key, 1));
    return S * (0.8 + 0.45 * below / (below - above));
  });
}

std::vector<Parameter> parameters(std::initializer_list<Parameter> own) {
  std::vector<Parameter> all(own);
  for (const Parameter& shared : std::initializer_list<Parameter>{
           {"lambda", 0.01, 1.0, false, "share of the stake that a catch pays"},
           {"h", 0.0, 1e3, false, "harm of a cheat that passes"},
           {"phi", 0.0, 0.5, false, "share of planted faults"},
           {"J", 0.0, 1e3, false, "what a planted fault pays"},
           {"k", 0.0, 1e3, false, "cost of a check"}}) {
    all.push_back(shared);
  }
  return all;
}

Values table_row(double S) {
  return {{"s", 3}, {"S", S},   {"m", 1}, {"lambda", 0.5},
          {"h", 0}, {"phi", 0}, {"J", 0}, {"k", 0.5}};
}

}  // namespace

std::vector<Validation> bribery_validations() {
  const Parameter saved{"s", 1e-3, 1e3, false, "what a cheat saves"};
  const Parameter stake{"S", 0.01, 1e4, false, "stake"};
  const Parameter verifiers{"m", 1, 100, true, "verifiers, each of whom must be bribed"};
  return {
      {"V8.Floor",
       "Least bribe that keeps a verifier from checking",
       parameters({stake, {"x", 0.05, 1.0, false, "share of the tasks that is cheated"}}),
       {{{"S", 4}, {"x", 0.5}, {"lambda", 0.5}, {"h", 0}, {"phi", 0}, {"J", 0}, {"k", 0.5}},
        {{"S", 4}, {"x", 0.5}, {"lambda", 0.5}, {"h", 0.2}, {"phi", 0.1}, {"J", 3}, {"k", 0.5}}},
       nullptr,
       [](const Values& v) {
         return bribe_floor(v.at("lambda"), v.at("S"), v.at("h"), v.at("phi"), v.at("J"), v.at("k"),
                            v.at("x"));
       },
       measure_floor},
      {"V8.Profit",
       "What a solver makes of a task who may bribe its verifiers",
       parameters({saved, stake, verifiers}),
       {table_row(2), table_row(4), table_row(7), table_row(8), table_row(12)},
       nullptr,
       [](const Values& v) {
         return bribery_profit(v.at("s"), v.at("lambda"), v.at("S"), v.at("h"), v.at("phi"),
                               v.at("J"), v.at("k"), v.at("m"));
       },
       measure_profit},
      {"V8.Stake",
       "Stake from which on cheating more with bribes gains nothing",
       parameters({saved, verifiers}),
       {{{"s", 3}, {"m", 1}, {"lambda", 0.5}, {"h", 0}, {"phi", 0}, {"J", 0}, {"k", 0.5}},
        {{"s", 3}, {"m", 3}, {"lambda", 0.5}, {"h", 0}, {"phi", 0}, {"J", 0}, {"k", 0.2}},
        {{"s", 3}, {"m", 1}, {"lambda", 0.5}, {"h", 0}, {"phi", 0.1}, {"J", 10}, {"k", 0.5}}},
       [](const Values& v) {
         const double S = collusion_proof_stake(v.at("s"), v.at("lambda"), v.at("h"), v.at("phi"),
                                                v.at("J"), v.at("k"), v.at("m"));
         if (S <= 0.0) return std::string("nobody needs a stake: planted faults and harm deter");
         const double bribes = v.at("m") * (v.at("lambda") * 0.8 * S + v.at("h"));
         const double checks =
             v.at("m") * (v.at("k") - v.at("phi") * v.at("J")) / (1.0 - v.at("phi"));
         return checks < 0.4 * bribes
                    ? std::string()
                    : std::string("nobody checks at half the cheats: k is too high");
       },
       [](const Values& v) {
         return collusion_proof_stake(v.at("s"), v.at("lambda"), v.at("h"), v.at("phi"), v.at("J"),
                                      v.at("k"), v.at("m"));
       },
       measure_stake},
  };
}

}  // namespace assay::analysis

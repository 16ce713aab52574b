#include "protocol/scenario/scenario.hpp"

#include <array>
#include <limits>

namespace assay::protocol {
namespace {

using sim::SimDuration;
using std::chrono::hours;
using std::chrono::seconds;

constexpr std::array<std::string_view, 3> kRoles = {"provider", "verifier", "requester"};
constexpr SimDuration kTenYears = hours(24 * 3650);
constexpr Tokens kMostTokens = Tokens::whole(1'000'000'000'000);

}  // namespace

void WorkloadTerms::Limit::describe(Fields& field) {
  field("low", low, range(Share{0}, percent(1'000)), "The least limit price.");
  field("high", high, range(Share{0}, percent(1'000)), "The highest limit price.");
}

void WorkloadTerms::Deadline::describe(Fields& field) {
  field("factor", factor, range(0.0, 1e6),
        "Times the work on the reference device; at most a hundred years.");
  field("slack", slack, range(SimDuration{}, kTenYears), "Time added to that.");
}

void WorkloadTerms::describe(Fields& field) {
  constexpr Bytes kMostBytes{std::int64_t{1} << 50};
  field("name", name, "Name of the workload.", kRequired);
  field("model", model, "The model that is trained: a row of the execution's table.", kRequired);
  field("share", share, range(Share{0}, kWhole),
        "Share of the jobs; the shares of all workloads sum to 100 %.");
  field("memory", memory, range(Bytes{0}, kMostBytes), "Memory that a device must have.",
        kRequired);
  field("input", input, range(Bytes{0}, kMostBytes),
        "Data and model that reach a provider before it starts.");
  field("limit", limit, "Limit price as a share of the requester's cloud price; drawn uniformly.");
  field("deadline", deadline, "When the job is too late, counted from its posting.");
}

void ActorGroup::describe(Fields& field) {
  field("name", name, "Name of the group.", kRequired);
  field("role", role, kRoles, "What its members do in the market.", kRequired);
  field("count", count, range(1, 10'000'000), "How many members.", kRequired);
  field.when(role != Role::Requester, [&] {
    field("strategy", strategy, "How its members decide.");
    field("hardware", hardware, "Devices of the catalogue, by share of the members.", kRequired);
  });
  field.when(role == Role::Provider, [&] {
    field("slots", slots, range(1, 255), "GPUs of each member, each of which takes one task.");
  });
  field("regions", regions, "Regions by share of the members; left out, the network's shares.");
  field.when(role != Role::Requester, [&] {
    field("power_price", power_price, range(UsdPerKwh{}, UsdPerKwh{Usd::whole(100)}),
          "Retail price of the power that members pay.");
    field("wear", wear, range(UsdPerHour{}, UsdPerHour{Usd::whole(1'000)}),
          "Wear of the device in an hour of work.");
    field("wear_up_to", wear_up_to, range(UsdPerHour{}, UsdPerHour{Usd::whole(1'000)}),
          "Where above `wear`, each member's wear is drawn uniformly between the two.");
  });
  field.when(role == Role::Provider, [&] {
    field("availability", availability, "When a member's machine is switched on.");
    field("bidding", bidding, "How own cost becomes a price.");
  });
  field.when(role != Role::Requester, [&] {
    field("stake_per_slot", stake_per_slot, range(Tokens{}, kMostTokens),
          "Tokens staked for each slot, a verifier having one.");
  });
  field("balance", balance, range(Tokens{}, kMostTokens),
        "Tokens of each member at the start, before it stakes.");
  field.when(role != Role::Requester, [&] {
    field("principal", principal,
          "Who owns the members: `own` (each its own), or a name that groups of one owner share.");
    field("twin_too", twin_too,
          "Whether hostile members stay hostile in the honest twin: they belong to the world in "
          "which the gains of others are measured, and have none themselves.");
  });
  field("members_of", members_of,
        "Group that the members were taken out of: all that is drawn for them is what is drawn for "
        "that group's members from `first_member` on.");
  field.when(!members_of.empty(), [&] {
    field("first_member", first_member, range(0, 10'000'000),
          "Which of that group's members the first one is, from 0.");
  });
}

void Scenario::describe(Fields& field) {
  field("assay", assay, range<std::int64_t>(1, 1), "Version of the scenario format.", kRequired);
  field("name", name, "Name of the scenario, and of its results.", kRequired);
  field("question", question, "What the run is to answer, in a sentence.", kRequired);
  field("seed", seed, range<std::int64_t>(0, std::numeric_limits<std::int64_t>::max()),
        "Seed of the first replication; every draw follows from it.");
  field("replications", replications, range(1, 100'000), "Independent runs of the market.");
  field("horizon", horizon, range<SimDuration>(seconds(1), kTenYears), "Simulated time.",
        kRequired);
  field("warm_up", warm_up, range(SimDuration{}, kTenYears),
        "Time at the start that no metric counts.");
  field("twins", twins,
        "Whether each replication has a twin under the same draws in which all attackers are "
        "honest; gains are the difference.");
  field("catalogue", catalogue, "CSV file of the devices that the scenario can name.", kRequired);
  field("reference_device", reference_device,
        "Device of the catalogue in whose time work is measured.", kRequired);
  field("max_task", max_task, range<SimDuration>(seconds(1), kTenYears),
        "The longest task, in reference work; a longer job is a chain of tasks.");
  field("demand", demand, "Where jobs come from.", kRequired);
  field("workloads", workloads, "What jobs are about.", kRequired);
  field("network", network, "How long data takes between regions.", kRequired);
  field("cloud", cloud, "What requesters can rent outside the network.", kRequired);
  field("market", market, "How a task finds its provider and its price.", kRequired);
  field("execution", execution, "What a training step costs and what a comparison says.",
        kRequired);
  field("verification", verification, "How claims are checked.", kRequired);
  field("dispute", dispute, "How a rejected claim is brought before a referee.");
  field("slashing", slashing, "What a conviction costs and where it goes.");
  field("reputation", reputation, "What the market remembers of an identity's past.");
  field("token", token, "Supply and price of the token.");
  field("actors", actors, "Groups of providers, verifiers and requesters.", kRequired);
}

}  // namespace assay::protocol

#include "protocol/cloud.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/data/csv.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::protocol {
namespace {

std::vector<CloudOffer> read_offers(const std::string& file, const Catalogue& catalogue) {
  CsvReader csv(file);
  const std::size_t provider = csv.column("provider");
  const std::size_t gpu = csv.column("gpu");
  const std::size_t price = csv.column("usd_per_gpu_hour");
  std::vector<CloudOffer> offers;
  constexpr std::size_t kMostOffers = 1'000'000;
  while (csv.next()) {
    if (offers.size() == kMostOffers) csv.fail("found over a million offers");
    const auto device = catalogue.find(csv.text(gpu));
    if (!device) csv.fail(device.error());
    const auto per_hour = parse<Usd>(fmt::format("{} USD", csv.text(price)));
    if (!per_hour || *per_hour <= Usd{}) {
      csv.fail(price, "dollars above zero with at most six decimals");
    }
    offers.push_back(CloudOffer{*device, *per_hour, std::string(csv.text(provider))});
  }
  if (offers.empty()) csv.fail("found no offer, expected at least one row");
  return offers;
}

}  // namespace

void Cloud::Params::describe(Fields& field) {
  field("prices", prices,
        "CSV file of offers (provider, gpu, usd_per_gpu_hour); each requester knows one of them.");
  field("price", price, range(UsdPerHour{}, UsdPerHour{Usd::whole(1'000'000)}),
        "One price for all, of the reference device; instead of a file.");
}

Cloud::Cloud(const Params& params, const Catalogue& catalogue, DeviceId reference,
             const std::vector<Workload>& workloads) {
  const bool has_file = !params.prices.as_written.empty();
  const bool has_price = params.price.an_hour > Usd{};
  if (has_file == has_price) {
    throw ConfigError(Complaint{"", 0, 0,
                                fmt::format("cloud: found {} of `prices` and `price`, expected one",
                                            has_file ? "both" : "none")});
  }
  if (has_price) {
    // The reference device stands for whatever one price buys.
    offers_.push_back(CloudOffer{reference, params.price.an_hour, "cloud"});
    return;
  }
  Bytes needed;
  for (const Workload& workload : workloads) needed = std::max(needed, workload.memory);
  for (CloudOffer& offer : read_offers(params.prices.resolved, catalogue)) {
    if (catalogue.devices()[index(offer.device)].memory >= needed) {
      offers_.push_back(std::move(offer));
    }
  }
  if (offers_.empty()) {
    throw ConfigError(Complaint{params.prices.resolved, 0, 0,
                                fmt::format("found no offer with {} of memory, expected one that "
                                            "can hold every workload",
                                            to_text(needed))});
  }
}

Usd cloud_rate(const CloudOffer& offer, const TrainingExecutor& executor, WorkloadId workload) {
  return usd_up(offer.per_hour.as_double() * executor.relative_time(workload, offer.device));
}

}  // namespace assay::protocol

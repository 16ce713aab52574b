#pragma once

#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// Turns the visits of every quantity into one template of the visitor,
/// `quantity(name, value, range, doc, presence)`.
template <class Visitor>
class QuantityFields : public Fields {
 public:
  using Fields::operator();

  void operator()(Name name, std::int64_t& value, Range<std::int64_t> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, double& value, Range<double> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, Share& value, Range<Share> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, sim::SimDuration& value, Range<sim::SimDuration> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, Tokens& value, Range<Tokens> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, Usd& value, Range<Usd> allowed, Doc doc, Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, UsdPerHour& value, Range<UsdPerHour> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, UsdPerKwh& value, Range<UsdPerKwh> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, TokenPrice& value, Range<TokenPrice> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, Bytes& value, Range<Bytes> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, BytesPerSecond& value, Range<BytesPerSecond> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }
  void operator()(Name name, Watts& value, Range<Watts> allowed, Doc doc,
                  Presence presence) override {
    self().quantity(name, value, allowed, doc, presence);
  }

 private:
  Visitor& self() { return static_cast<Visitor&>(*this); }
};

}  // namespace assay::protocol

#include "purchases.h"

#include <array>

#include "dice.h"

namespace assent::sample {
namespace {

struct Product {
  std::string_view name;
  std::string_view category;
  std::uint32_t rub_minor;
  std::uint32_t eur_minor;
};

constexpr std::array kProducts = std::to_array<Product>({{"Чайник", "Кухня", 249'000, 2'990},
                                                         {"Чай чёрный 200 г", "Чай", 32'000, 450},
                                                         {"Чай зелёный 100 г", "Чай", 27'550, 390},
                                                         {"Кружка", "Кухня", 59'000, 799},
                                                         {"Мёд липовый", "Сладости", 61'500, 890},
                                                         {"Плед", "Дом", 389'900, 4'950},
                                                         {"Свеча", "Дом", 44'900, 595},
                                                         {"Самовар", "Кухня", 1'290'000, 15'900}});

// How a customer buys. Together the habits fill every segment of rule P1 (analytics.md A3).
struct Habit {
  std::uint32_t share;  // Of the shop's customers, percent.
  std::uint32_t orders_min, orders_spread;
  std::int32_t last_days_min;
  std::uint32_t last_days_spread;
  std::uint32_t basket;  // Pieces in one row, at most.
};

constexpr std::array kHabits = std::to_array<Habit>({{15, 0, 1, 0, 1, 1},        // Only looked.
                                                     {10, 8, 13, 1, 30, 6},      // VIP
                                                     {15, 6, 6, 60, 100, 3},     // Loyal
                                                     {20, 1, 3, 1, 45, 2},       // Promising
                                                     {40, 1, 4, 200, 500, 2}});  // Sleeping
constexpr std::size_t kLoyal = 2;
constexpr std::size_t kSleeping = 4;

const Habit& habit_of(const Person& p, Dice& dice) {
  if (p.role == Role::kSleeper) return kHabits[kSleeping];
  if (p.role == Role::kParent) return kHabits[kLoyal];
  const bool never =
      !p.in_shop() || p.is_minor() || p.role == Role::kDeleted || p.role == Role::kNoContact;
  if (never) return kHabits[0];
  std::array<std::uint32_t, kHabits.size()> shares{};
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = kHabits[i].share;
  return kHabits[dice.weighted(shares)];
}

Purchase buy(const Person& p, const Habit& habit, std::int32_t day, Dice& dice) {
  const Product& product = dice.pick(std::span<const Product>(kProducts));
  const bool roubles = p.nation == Nation::kRussian;
  Purchase bought;
  bought.at.us = day * kDayUs + (7 * 3600 + dice.below(12 * 3600)) * kSecondUs;
  bought.product = product.name;
  bought.category = product.category;
  bought.currency = roubles ? "RUB" : "EUR";
  bought.quantity = 1 + dice.below(habit.basket);
  bought.amount_minor =
      std::uint64_t{bought.quantity} * (roubles ? product.rub_minor : product.eur_minor);
  return bought;
}

}  // namespace

std::vector<Purchase> purchases_of(const SampleOptions& options, const Person& person) {
  Dice dice(options.seed, person.index, Topic::kPurchases);
  const Habit& habit = habit_of(person, dice);
  const std::uint32_t orders = habit.orders_min + dice.below(habit.orders_spread);
  std::int32_t day = days_since_epoch(options.as_of) - habit.last_days_min -
                     static_cast<int>(dice.below(habit.last_days_spread));
  std::vector<Purchase> bought;
  for (std::uint32_t number = 1; number <= orders; ++number) {
    bought.push_back(buy(person, habit, day, dice));
    if (!dice.chance(12)) {
      bought.back().number = number;
    } else if (dice.chance(25)) {
      bought.push_back(bought.back());
    }
    day -= 5 + static_cast<int>(dice.below(40));
  }
  return bought;
}

}  // namespace assent::sample

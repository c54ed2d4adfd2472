#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "person.h"
#include "purchases.h"
#include "wishes.h"

namespace assent::sample {

// Contact points that somebody in the block has closed to a channel: closed for all who hold them.
using Closed = std::set<std::pair<InventedChannel, std::string>>;

// The contact point of the channel, empty when the shop has none.
const std::string& contact_of(const Person& person, InventedChannel channel);
void close_opted_out(Closed& closed, const Person& person, const Wishes& wishes);

// Counts one person into the story: permitted by which channels, buyer, sleeper.
void count_person(SampleStory& story, const Person& person, const Wishes& wishes,
                  const Closed& closed, const std::vector<Purchase>& purchases);
// Remembers the people the quickstart plays with: they stand in the first block.
void cast_person(SampleStory& story, const Person& person);

// story.json; UTF-8, ends in a line feed.
std::string story_json(const SampleStory& story);

}  // namespace assent::sample

// slab_pool: what it keeps, what it lets go, and from how many threads.
#include "actors/core/event/slab.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace sluice {

// In double parentheses, since Boost compares char pointers as texts.
BOOST_AUTO_TEST_SUITE(a_slab_pool)

BOOST_AUTO_TEST_CASE(hands_the_same_slab_out_again) {
  const auto pool = slab_pool::make(1);
  const auto* first = pool->take(100)->data();
  BOOST_TEST((pool->take(60)->data() == first));
}

BOOST_AUTO_TEST_CASE(never_hands_out_one_that_is_in_use) {
  const auto pool = slab_pool::make(2);
  const auto a = pool->take(100);
  BOOST_TEST((pool->take(100)->data() != a->data()));
}

BOOST_AUTO_TEST_CASE(gives_none_that_is_too_small_or_twice_too_large) {
  const auto pool = slab_pool::make(1);
  static_cast<void>(pool->take(100));
  const auto larger = pool->take(101);
  BOOST_TEST(larger->capacity() == 101U);
  const auto smaller = pool->take(49);
  BOOST_TEST(smaller->capacity() == 49U);
}

BOOST_AUTO_TEST_CASE(keeps_the_newest_of_more_than_it_may_keep) {
  const auto pool = slab_pool::make(1);
  auto old = pool->take(100);
  auto fresh = pool->take(100);
  const auto* newest = fresh->data();
  old.reset();
  fresh.reset();
  BOOST_TEST((pool->take(100)->data() == newest));
}

BOOST_AUTO_TEST_CASE(keeps_nothing_when_it_may_keep_none) {
  const auto pool = slab_pool::make(0);
  auto a = pool->take(100);
  a.reset();
  BOOST_TEST(pool->take(80)->capacity() == 80U);
}

BOOST_AUTO_TEST_CASE(is_outlived_by_its_slabs) {
  auto pool = slab_pool::make(1);
  const auto a = pool->take(3);
  pool.reset();
  std::copy_n("abc", 3, a->data());
  BOOST_TEST(a->view(0, 3) == "abc");
}

BOOST_AUTO_TEST_CASE(serves_threads_that_fill_and_threads_that_let_go) {
  const auto pool = slab_pool::make(3);
  std::atomic<bool> torn{false};
  std::vector<std::thread> threads;
  for (char mark = 'a'; mark < 'e'; ++mark)
    threads.emplace_back([&, mark] {
      std::vector<slab_ptr> held;
      for (int i = 0; i < 2'000; ++i) {
        const auto mine = pool->take(64);
        std::fill_n(mine->data(), 64, mark);
        held.push_back(mine);
        if (held.size() == 4) {
          for (const auto& s : held)
            if (s->view(0, 64).find_first_not_of(mark) != std::string::npos)
              torn = true;
          held.clear();
        }
      }
    });
  for (auto& t : threads)
    t.join();
  BOOST_TEST(!torn);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sluice

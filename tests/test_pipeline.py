import threading

import pytest

from srzoo_jax import pipeline


@pytest.mark.parametrize("depth", [0, 1, 4])
def test_ahead_is_a_map(depth):
    assert list(pipeline.ahead(lambda x: x * x, range(9), depth)) == [x * x for x in range(9)]


def test_items_are_made_by_the_caller_and_results_by_threads():
    def items():
        for _ in range(3):
            yield threading.current_thread()

    def function(made):
        return made, threading.current_thread()

    for made, done in pipeline.ahead(function, items(), 2):
        assert made is threading.main_thread() and done is not made


def test_so_many_are_done_before_the_first_is_asked_for():
    taken, go = [], threading.Event()

    def function(item):
        go.wait()
        return item

    def items():
        for item in range(9):
            taken.append(item)
            if item == 3:
                go.set()  # Until here, nothing is done, and so nothing is given.
            yield item

    assert next(pipeline.ahead(function, items(), 3)) == 0
    assert taken[:4] == [0, 1, 2, 3]


def test_what_fails_is_raised_in_its_turn():
    found = pipeline.ahead(lambda x: 1 // x, (2, 1, 0, 1), 3)
    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(found)


def test_items_of_a_key_go_together_and_results_keep_their_order():
    groups = []

    def function(some):
        groups.append(some)
        return [10 * item for item in some]

    items = [1, 2, 3, 11, 4, 12, 5, 13]
    found = list(pipeline.together(function, items, lambda item: item > 10, 2))
    assert found == [10 * item for item in items]
    assert groups == [[1, 2], [3, 4], [5], [11, 12], [13]]
    groups.clear()
    assert list(pipeline.together(function, items, lambda item: 0, 1)) == found
    assert groups == [[item] for item in items]


def test_beside_others_are_not_held_up():
    go = threading.Event()
    waiting = pipeline.beside(go.wait)
    assert not waiting.done()
    go.set()
    assert waiting.result(timeout=60) is True
    with pytest.raises(ZeroDivisionError):
        pipeline.beside(lambda x: 1 // x, 0).result(timeout=60)

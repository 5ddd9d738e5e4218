"""The longest stretch that two texts share, in time linear in both."""


class SuffixAutomaton:
    """The smallest automaton that accepts every run of a text, of at most two states a character.

    After Blumer et al. 1985, "The smallest automaton recognizing the subwords of a text".

    Examples
    --------
    >>> SuffixAutomaton("昨昏我去台北").longest_run_in("伊講我去台南")
    3
    """

    def __init__(self, text: str) -> None:
        self.steps: list[dict[str, int]] = [{}]
        self.links = [-1]
        self.lengths = [0]
        self._last = 0
        for char in text:
            self._extend(char)

    def longest_run_in(self, other: str) -> int:
        """Return the length of the longest run of the text that stands in another one."""
        state, length, longest = 0, 0, 0
        for char in other:
            while state and char not in self.steps[state]:
                state = self.links[state]
                length = self.lengths[state]
            if char in self.steps[state]:
                state, length = self.steps[state][char], length + 1
            longest = max(longest, length)
        return longest

    def _extend(self, char: str) -> None:
        new = self._state(self.lengths[self._last] + 1, {}, 0)
        at = self._last
        while at >= 0 and char not in self.steps[at]:
            self.steps[at][char] = new
            at = self.links[at]
        if at >= 0:
            self.links[new] = self._target(at, char)
        self._last = new

    def _target(self, at: int, char: str) -> int:
        """The state of the longest known run that ends here; one of the right length is made if none is."""
        known = self.steps[at][char]
        if self.lengths[known] == self.lengths[at] + 1:
            return known
        split = self._state(self.lengths[at] + 1, dict(self.steps[known]), self.links[known])
        self.links[known] = split
        while at >= 0 and self.steps[at].get(char) == known:
            self.steps[at][char] = split
            at = self.links[at]
        return split

    def _state(self, length: int, steps: dict[str, int], link: int) -> int:
        self.steps.append(steps)
        self.lengths.append(length)
        self.links.append(link)
        return len(self.steps) - 1

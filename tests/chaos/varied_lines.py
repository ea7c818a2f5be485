"""Lines of every length, too many to keep: written to files by the hundred
megabytes, and judged as they arrive."""
import os

PAD = "abcdefghijklmnopqrstuvwxyz0123456789" * 1000
# The lengths of lines, most of them short, one in 64 long.
LENGTHS = [0, 1, 20, 60, 80, 100, 120, 200] * 7 + [0, 300, 400, 500, 700, 900,
                                                    1500, 20000]


def line_of(name, number):
    """Line NUMBER of file NAME, without its newline: no two alike."""
    at = (number * 7919 + len(name)) % len(LENGTHS)
    return f"{name} {number:08d} {PAD[at:at + LENGTHS[at]]}"


class Judge:
    """Takes lines as they come: each file's once, in order, no others."""

    def __init__(self, counts):
        self.counts = counts
        self.next = dict.fromkeys(counts, 0)
        self.taken = 0
        self.wrong = {"lost": 0, "again": 0, "foreign": 0}

    def take(self, line):
        self.taken += 1
        name, number = (line.split(" ", 2) + ["", ""])[:2]
        if name not in self.next or not number.isdigit() \
                or line != line_of(name, int(number)):
            self.wrong["foreign"] += 1
            return
        number, due = int(number), self.next[name]
        if number < due:
            self.wrong["again"] += 1
            return
        self.wrong["lost"] += number - due
        self.next[name] = number + 1

    def wanted(self):
        return sum(self.counts.values())

    def right(self):
        return not any(self.wrong.values()) and self.next == self.counts

    def told(self):
        lost = self.wrong["lost"] + self.wanted() - sum(self.next.values())
        return (f"{self.wanted()} lines, lost {lost}, again or out of order "
                f"{self.wrong['again']}, foreign {self.wrong['foreign']}")


def write_spool(directory, megabytes, files=4):
    """Into DIRECTORY.made; NAME -> number of lines."""
    os.makedirs(directory + ".made")
    counts = {}
    for i in range(files):
        name = f"file{i}"
        left, number = megabytes * 1_000_000 // files, 0
        with open(os.path.join(directory + ".made", name), "w") as file:
            while left > 0:
                text = "".join(line_of(name, n) + "\n"
                               for n in range(number, number + 5000))
                file.write(text)
                number += 5000
                left -= len(text)
        counts[name] = number
    return counts


def move_in(directory):
    for name in sorted(os.listdir(directory + ".made")):
        os.rename(os.path.join(directory + ".made", name),
                  os.path.join(directory, name))

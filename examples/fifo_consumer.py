#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The consumer of tasks that a program in C sends: see fifo_producer.c.

    fifo_consumer.py BOX
"""
import os
import sys

try:
    os.mkfifo(sys.argv[1], 0o600)
except FileExistsError:
    pass

# Opening it waits for the producer; with "r" the end of the last producer is the end of the file.
with open(sys.argv[1], encoding="utf-8") as box:
    for line in box:
        task = line.rstrip("\n")
        if task == "EOD":
            print("that was all")
            break
        print(f"{task} has {len(task)} letters")

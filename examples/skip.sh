#!/bin/sh
# SPDX-License-Identifier: MIT
# Stands for an example whose library is not installed: the test is skipped.
exit 77

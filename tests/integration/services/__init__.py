# SPDX-License-Identifier: Apache-2.0
"""Local stand-ins for the services that adapters talk to. Each enforces what its service documents."""

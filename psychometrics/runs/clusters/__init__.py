"""Runs on a cluster: what each partition does, how what they found is put together, and the engines that carry it.

``job`` says what a partition does and what passes between partitions, ``found`` adds up, ``driving`` begins and ends a
run; ``on_dask`` and ``on_spark`` only carry pieces about, and are the only modules that load those packages.
"""

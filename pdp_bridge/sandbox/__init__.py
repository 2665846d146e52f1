"""Facturation.pro and Iopole as local HTTP servers, with faults on demand."""

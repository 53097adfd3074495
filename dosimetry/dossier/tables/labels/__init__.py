"""Tables as labels print them: dose coefficients, courses of therapy, doses at other ages."""

//! TCP reassembly: segments become the bytes of each direction of a flow, in order, once.
